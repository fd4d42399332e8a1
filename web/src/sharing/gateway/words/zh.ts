export default {
  title: '数据服务',
  tabs: { services: '可调用的服务', exchanges: '库表交换', files: '文件', calls: '调用与回执', monitoring: '运行监测', doubts: '个人询问' },
  fields: { item: '数据项', agreement: '协议', sides: '提供 → 使用', usedToday: '今日已用', fresh: '数据时间', caller: '使用部门', purpose: '用途', outcome: '结果', index: '账本位置', at: '时间', rows: '行数', rate: '每秒上限', perSecond: '{n} 次/秒', mostRows: '每次最多行数', until: '有效至', name: '字段', kind: '类型', mask: '给法', meaning: '含义', key: '查询键' },
  kinds: { text: '文本', integer: '整数', decimal: '小数', day: '日期', moment: '时间', truth: '是否' },
  masks: { full: '原样', partial: '部分隐去', pseudonym: '化名', general: '概化', omit: '不给' },
  status: { in_force: '生效', suspended: '已暂停', proposed: '待签', ended: '已终止' },
  operations: { lookup: '按键查询', batch: '批量查询', page: '分页查询', count: '计数', relay: '接口转发', table: '库表交换', file: '文件' },
  outcomes: { served: '已给出', refused: '已拦下' },
  services: { sentence: '协议生效的数据，一个地址、一次签名就能查；每次都有回执。', find: '数据项、协议号、部门', none: '还没有可调用的服务', noneNext: '先在数据目录申请，协议签署生效后这里就有。', noCopy: '副本生成中' },
  own: { account: '服务账号编号', key: '密钥编号', caseNumber: '受理号', person: '经办人登录名', opening: '一、用 SM2 签名打开会话', sealing: '二、用会话密钥为这次调用加 HMAC-SM3' },
  service: { sentence: '{provider} 提供，{consumer} 使用。', calls: '看调用', call: '怎样调用', callNote: '把编号、密钥文件和要查的键换成自己的；curl 示例存为 call.sh 运行，要有 OpenSSL 3', answer: '答复样例', fields: '约定的字段', suspended: '协议已暂停，现在调用都会被拦下。' },
  calls: { sentence: '每一次调用都在账本上有回执；给出的和拦下的都记。', export: '导出', find: '回执编号、协议、受理号、用途', all: '全部', none: '还没有调用', noneNext: '系统按协议调用后，回执就列在这里。', rows: '{n} 行', because: '{why}不符', anchoring: '上链中' },
  receipt: { title: '回执', sentence: '这份回执任何人都能离线验证；上面没有数据的值。', about: '涉及 {n} 个主体', entry: '账本记录', entryNote: '看写进账本的原文', root: '签名的根', anchoring: '正在上链，稍后可下载证明。', save: '下载回执', verify: '去验证', recheck: '复核裁决' },
  verdicts: { same: '复核一致：按当时的输入再裁决一次，结果相同。', differs: '复核不一致：按当时的输入再裁决，结果不同，请立即报告数据主管部门。', altered: '封存的输入与账本上的指纹不符，或已损坏。', missing: '账本上没有这条记录。', shredded: '输入已按规定销毁，不能再裁决。' },
  monitoring: { sentence: '最近 24 小时。', p50: '一半快于', p99: '99% 快于', hours: '每小时调用', uses: '谁在用', last: '最近一次', none: '24 小时内没有调用', copies: '服务副本', copiesNote: '新数据落湖后自动换上', noCopies: '还没有副本', noCopiesNext: '协议生效后，第一批数据落湖时生成。', version: '版本' },
  doubts: { sentence: '个人问“为什么查我”，使用部门在期限内答复。', said: '内容', due: '答复期限', question: '询问', objection: '异议', open: '待答复', answered: '已答复', none: '没有个人询问', noneNext: '有人询问或提出异议时，会出现在这里并开始计时。', receipt: '看这次使用的回执', outcome: '结论', outcomes: { justified: '使用有据', stopped: '已停止使用', wrong: '使用不当' }, answer: '答复（本人会看到）', send: '答复' },
  mine: { title: '谁查了我的数据', sentence: '哪个部门、什么时候、为什么、看了哪些字段；看不到的值，这里也没有。', total: '次查询', departments: '个部门', notListed: '暂不列出', list: '查询记录', none: '还没有部门查过您的数据', noneNext: '有部门依协议查询后，会列在这里。', looked: '{who} 查了 {item}', why: '为 {purpose}', saw: '看到：{fields}', waiting: '等待答复', partly: '其中 {n} 项只看到区间、化名或一部分', ask: '我有疑问', due: '{day} 前答复', delayed: '按规定 {n} 天后列出', withheld: '依法不列出：{basis}', more: '更早的', proof: '每条记录在账本上都有凭证，谁也删不掉。', askTitle: '对这次查询有疑问', askWho: '由 {who} 在法定期限内答复。', kind: '这是', said: '请写明', saidHint: '不要写身份证号等敏感信息', send: '提交' },
  exchanges: {
    sentence: '协议约定库表交换的，先送全量，之后每有新批次就送增量；每一步先有回执，再送出。', add: '安排交换', find: '协议号、数据项', none: '还没有库表交换', noneNext: '协议的共享方式含“库表交换”的，在这里安排送到本部门的数据库或消息主题。', all: '在用的和停下的',
    to: '送到', progress: '进度', last: '最近送达', state: '状态', states: { active: '运行', paused: '已暂停', held: '待确认', stopped: '已终止' }, into: { database: '数据库', topic: '消息主题' }, version: '数据湖第 {n} 版', nothing: '还没有送出', rows: '已送 {n} 行', gone: '撤 {n} 行',
  },
  exchange: {
    sentence: '{provider} 提供，送到 {consumer} 的{into}。', going: '正在送', upToDate: '已是最新', waiting: '待下一批', begins: '等待开始', soFar: '这一版已送 {n} 行', ofAbout: '已送 {n} / 约 {total} 行', rate: '每秒 {n} 行', left: '还需约 {time}', seconds: '{n} 秒', minutes: '{n} 分钟', hours: '{n} 小时', tried: '最近一次尝试 {at}', again: '平台每 5 分钟自动再试', idle: '数据湖有新批次时自动送增量',
    facts: { put: '累计送出', gone: '累计撤去', target: '表或主题', address: '接收地址', system: '接收系统', basis: '用途与案号', version: '送到哪一版', by: '安排人' },
    run: '立即同步', ran: '已安排，进度见下。', reconcile: '对账', reconciling: '已安排对账，完成后报告在下面。', pause: '暂停', pauseEffect: '送完手上这一步就停，接收方已有的数据不动；随时可以继续，从停的地方接着送。', paused: '已暂停，从 {n} 行处接着送。', resume: '继续', resumed: '继续送。', confirm: '按新结构继续', confirmEffect: '新列会加到接收方的表里，旧列保留；全部行重新送一遍，计入额度。', confirmed: '已确认，正在重送。', stop: '终止', stopEffect: '永久终止，不能恢复。接收方已有的数据留在原处，按协议处置。', stopped: '已终止。', address: '换地址或口令', redirected: '已更换，从接收方已有处接着送。',
    report: '对账报告', reportNote: '逐行比较接收方与数据湖的同一版本', agrees: '一致：两边各 {n} 行，逐行相同。', differs: '不一致：源 {source} 行，接收方 {target} 行。', missing: '接收方缺少', extra: '接收方多出', altered: '内容不同', firstHundred: '各列前 100 个行名', noReport: '还没有对过账', noReportNext: '点“对账”，平台逐行比较两边，缺、多、不同的行各列出来。', noReadBack: '消息主题不能读回，不能对账；接收方可用行名自行核对。',
    steps: '送出的每一步', stepsNote: '先有回执，再送出', stepAt: '时间', stepRows: '送出 / 撤去', receipt: '回执', noSteps: '还没有送出', columns: '送出的列',
  },
  setUp: {
    title: '安排库表交换', agreement: '协议与数据项', noAgreement: '没有可用的协议：共享方式含“{way}”且生效的才行。', system: '接收系统（服务账号）', purpose: '用途', caseNumber: '案号', caseHint: '协议要求每次带受理号；这里写明本次交换依据的文号', into: '送到', kind: '数据库', host: '主机', port: '端口', database: '库名', account: '账号', password: '口令', sealed: '账号口令加密保存，不再显示', table: '表名', tableHint: '平台新建这张表；已有同名表不会改动', topic: '主题', topicHint: '一行一条消息，键是行名', send: '安排，马上开始', sent: '已安排，开始送全量。', file: '生成文件', format: '格式', fileSend: '生成', fileSent: '正在生成，好了会显示在列表里。', redirect: '更换地址或口令', redirectSend: '更换',
  },
  files: {
    sentence: '按协议生成的文件只有接收系统的密钥能打开；每份次序各不相同，流出去查得到是哪一份。', ask: '生成文件', find: '协议号、数据项', none: '还没有生成过文件', noneNext: '协议的共享方式含“文件”的，在这里生成；生成前先经合约裁决、写下回执。', rows: '行数', size: '大小', state: '状态', states: { waiting: '生成中', ready: '可下载', failed: '没有生成', expired: '已过期' }, asked: '申请', fetch: '下载', fetched: '已下载加密文件。', until: '保留到 {day}', format: '格式', digest: '文件指纹', keyPrint: '用哪把密钥封', downloads: '下载次数', decoys: '约定的诱饵行', receipt: '回执', open: '怎样打开', openNote: '在接收系统的机器上，用它的私钥', trace: '追查泄露', title: '文件',
  },
  leaks: {
    title: '追查泄露的文件', sentence: '拿到一份流出的表格，比对它出自哪一份文件、给了谁；数值不用有任何改动。', item: '是哪个数据项', drop: '拖入泄露的表格，或选择文件', kinds: 'CSV、xlsx；须含关键字段列，五十行以上才比得准', choose: '选择文件', trace: '追查', compared: '比对了 {n} 份文件', sure: '就是这一份', unsure: '不能确定', none: '没有一份文件与它相像', noneNext: '可能行数太少、重新排过序，或不是平台生成的文件。', noFiles: '这个数据项没有生成过可比的文件', to: '给了谁', likeness: '相像程度', rows: '可比的行', decoys: '找到的诱饵行', how: '偏离 {n} 倍标准差', meaning: '“就是这一份”：偶然如此的可能小于十亿分之一（六倍标准差），或找到八行以上它独有的诱饵。每次追查都记入审计。', waiting: '选好数据项和表格，点“追查”。',
  },
}
