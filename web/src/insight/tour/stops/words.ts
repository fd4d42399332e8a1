/** What is said at each stop of the tour: its name, what one sees there, why it can be trusted. */
export default {
  zh: {
    begin: {
      name: '从首页开始',
      sees: '四个委办局的系统正在往云溪市送数：市场监管局的登记库、税务局的入库消息、公安局的户籍文件、民政局的救助接口。接下来只跟一条线：“{title}”。',
      trust: '首页的每个数字都由事件算出，写着分母，点开就是背后的清单；没有一个是填上去的。',
    },
    source: {
      name: '来源',
      sees: '这是委办局自己的系统，政通只读它新增的部分：何时读过、读了多少、下次何时读。字段变了会先停下来问人，不会悄悄吞掉。',
      trust: '谁接的、谁改过设置，都在审计日志里；口令封存，页面上看不到。',
    },
    batch: {
      name: '批次',
      sees: '一次送来的数据是一个批次：读到多少行、入湖多少行、隔离多少行，三个数必须对得上。读不对的行在隔离区，改好可以重放。',
      trust: '送来的字节在清洗之前就算了 SM3 指纹，并写上账本。之后谁改动一个字节，指纹就不同。',
    },
    rules: {
      name: '校验',
      sees: '每一批都按数据标准检核：完整、规范、准确、一致、及时、可访问。不合格的行能点开，并变成有期限的校核工单，由数源部门答复。',
      trust: '规则写在页面上，检核的是湖里那一版的原数据，分数可以重算。',
    },
    item: {
      name: '目录',
      sees: '数据在目录里有名有主：归谁、多久更新、每个字段有多敏感、按什么条件共享。申请数据就从这一页开始。',
      trust: '发布时的目录内容有指纹，上了账本；后来改过的每一版都留着，可以逐版对比。',
    },
    agreement: {
      name: '协议',
      sees: '谁、为什么、看哪些字段、看到多细、到哪天、一天多少次，都写成双方会签的条款。比如金额只给档位，不给原数。',
      trust: '双方用 SM2 密钥会签，条款的指纹在账本上。到期、暂停、终止，下一次调用就不再放行。',
    },
    call: {
      name: '调用与回执',
      sees: '对方系统来查的这一次：依据哪份协议、为了什么、给了几行、为什么放行。每一次调用先有回执，后有答复；被拒绝的也有回执。',
      trust: '放行与否由合约逐次裁决，当时的输入封存着。审计人员可以拿它重新裁决一次，看结果是否相同。',
    },
    ledger: {
      name: '账本',
      sees: '批次、目录、协议、回执的指纹都排在这本只增不改的账上。城市每隔一会儿签一次树根，三个见证人各自核对后共签。',
      trust: '哪怕是政通的管理员也改不了过去：改一条，树根就变，与见证人手里的对不上。演示中的三个见证人同在这台机器上，真实城市里应在不同部门。',
    },
    thread: {
      name: '来龙去脉',
      sees: '刚才走过的各站连成一条线，最后一环是本人：被查的人在“谁查了我的数据”里看到谁、为什么、何时查过，并可以提出疑问。请点“检查全部证明”。',
      trust: '检查时逐字节重算湖里的文件、重验每个签名、重走每条路径。哪一环不成立，就会指名说出哪一环。',
    },
    offline: {
      name: '自己核验',
      sees: '点“取走整条证明”存下一个文件，拖进这一页的“核验”。核验在您的浏览器里算，断开网络也能做；或者在自己的电脑上运行 python verify.py。',
      trust: '不需要相信这座城市：只要有文件和公布的公钥。改动文件里任何一个字节再核验一次，会告诉您是哪一处。',
    },
  },
  en: {
    begin: {
      name: 'Begin at home',
      sees: 'The systems of four bureaus are sending data to Yunxi: the market register, tax payments, household files, the relief service. From here we follow one thread only: "{title}".',
      trust: 'Every figure on the home page is counted from events, shows its denominator and opens the rows behind it; none is typed in.',
    },
    source: {
      name: 'Source',
      sees: 'This is the bureau\'s own system. Zhengtong reads only what is new: when it was read, how much, when next. A changed field stops and asks a person; it is never swallowed.',
      trust: 'Who connected it and who changed its settings stands in the audit trail; its password is sealed and shown on no page.',
    },
    batch: {
      name: 'Batch',
      sees: 'What arrives at once is a batch: rows read, rows landed, rows set aside; the three must add up. Rows that cannot be read wait in quarantine and can be mended and replayed.',
      trust: 'The delivered bytes get an SM3 fingerprint before anything is mended, and the ledger keeps it. Change one byte later and the fingerprint differs.',
    },
    rules: {
      name: 'Rules',
      sees: 'Each batch is measured by the data standards: complete, well-formed, accurate, consistent, timely, accessible. Failing rows open, and become correction tickets with a limit for the providing bureau.',
      trust: 'The rules stand on the page, they run on the very version in the lake, and the score can be computed again.',
    },
    item: {
      name: 'Catalogue',
      sees: 'In the catalogue data have a name and an owner: whose, how often updated, how sensitive each field is, shared on which condition. Asking for data begins on this page.',
      trust: 'What was published has a fingerprint on the ledger; every later version is kept and can be compared.',
    },
    agreement: {
      name: 'Agreement',
      sees: 'Who, why, which fields, how finely, until when, how many a day: terms that both sides sign. An amount, for example, is given as a range and not as it is.',
      trust: 'Both sides sign with SM2 keys and the terms\' fingerprint is on the ledger. Ended or suspended, the very next call is refused.',
    },
    call: {
      name: 'Call and receipt',
      sees: 'This one call of the other bureau\'s system: under which agreement, what for, how many rows, why it was allowed. The receipt is durable before the answer leaves; a refusal has one too.',
      trust: 'The contract decides each call, and what it decided from is kept sealed. An auditor can have it decided again and compare.',
    },
    ledger: {
      name: 'Ledger',
      sees: 'The fingerprints of batches, items, agreements and receipts stand in this log that only grows. The city signs its root every little while, and three witnesses check and co-sign.',
      trust: 'Not even the administrator can change the past: change one entry and the root differs from what the witnesses hold. In the demo the three share this machine; in a real city they belong to different departments.',
    },
    thread: {
      name: 'The thread',
      sees: 'All the stops in one line, down to the person, who sees in "who looked at my data" who looked, why and when, and can ask about it. Press "Check all proofs".',
      trust: 'Checking computes the lake\'s files again byte by byte, verifies every signature and walks every path. A link that does not hold is named.',
    },
    offline: {
      name: 'Verify it yourself',
      sees: 'Save the thread\'s proofs with "Take the proofs away" and drop the file on "Verify" on this page. Your own browser computes it, without the network too; or run python verify.py on your machine.',
      trust: 'You need not trust this city: the file and the published key are enough. Change any byte of the file, verify again, and you are told where.',
    },
  },
}
