import deliveries from './deliveries'

const zh = {
  title: '数据服务',
  tabs: { services: '可调用的服务', exchanges: '库表交换', files: '文件', calls: '调用与回执', monitoring: '运行监测', doubts: '个人询问' },
  fields: { item: '数据项', agreement: '协议', sides: '提供 → 使用', usedToday: '今日已用', fresh: '数据时间', caller: '使用部门', purpose: '用途', outcome: '结果', index: '账本位置', at: '时间', rows: '行数', rate: '每秒上限', perSecond: '{n} 次/秒', mostRows: '每次最多行数', until: '有效至', name: '字段', kind: '类型', mask: '给法', meaning: '含义', key: '查询键' },
  kinds: { text: '文本', integer: '整数', decimal: '小数', day: '日期', moment: '时间', truth: '是否' },
  masks: { full: '原样', partial: '部分隐去', pseudonym: '化名', general: '概化', omit: '不给' },
  status: { in_force: '生效', suspended: '已暂停', proposed: '待签', ended: '已终止' },
  operations: { lookup: '按键查询', batch: '批量查询', page: '分页查询', count: '计数', relay: '接口转发', table: '库表交换', file: '文件' },
  outcomes: { served: '已给出', refused: '已拦下' },
  services: { sentence: '协议生效的数据，一个地址、一次签名就能查；每次都有回执。', find: '数据项、协议号、部门', none: '还没有可调用的服务', noneNext: '先在数据目录申请，协议签署生效后这里就有。', noCopy: '副本生成中' },
  own: { account: '服务账号编号', key: '密钥编号', session: '会话编号', secret: '调用密钥的十六进制', caseNumber: '受理号' },
  service: { sentence: '{provider} 提供，{consumer} 使用。', calls: '看调用', call: '怎样调用', callNote: '示例中的值都是假的', answer: '答复样例', fields: '约定的字段', suspended: '协议已暂停，现在调用都会被拦下。' },
  calls: { sentence: '每一次调用都在账本上有回执；给出的和拦下的都记。', export: '导出', find: '回执编号、协议、受理号、用途', all: '全部', none: '还没有调用', noneNext: '系统按协议调用后，回执就列在这里。', rows: '{n} 行', anchoring: '上链中' },
  receipt: { title: '回执', sentence: '这份回执任何人都能离线验证；上面没有数据的值。', about: '涉及 {n} 个主体', entry: '账本记录', entryNote: '写进账本的原文', root: '签名的根', anchoring: '正在上链，稍后可下载证明。', save: '下载回执', verify: '去验证', recheck: '复核裁决' },
  verdicts: { same: '复核一致：按当时的输入再裁决一次，结果相同。', differs: '复核不一致：按当时的输入再裁决，结果不同，请立即报告数据主管部门。', altered: '封存的输入与账本上的指纹不符，或已损坏。', missing: '账本上没有这条记录。', shredded: '输入已按规定销毁，不能再裁决。' },
  monitoring: { sentence: '最近 24 小时。', p50: '一半快于', p99: '99% 快于', hours: '每小时调用', uses: '谁在用', last: '最近一次', none: '24 小时内没有调用', copies: '服务副本', copiesNote: '新数据落湖后自动换上', noCopies: '还没有副本', noCopiesNext: '协议生效后，第一批数据落湖时生成。', version: '版本' },
  doubts: { sentence: '个人问“为什么查我”，使用部门在期限内答复。', said: '内容', due: '答复期限', question: '询问', objection: '异议', open: '待答复', answered: '已答复', none: '没有个人询问', noneNext: '有人询问或提出异议时，会出现在这里并开始计时。', receipt: '看这次使用的回执', outcome: '结论', outcomes: { justified: '使用有据', stopped: '已停止使用', wrong: '使用不当' }, answer: '答复（本人会看到）', send: '答复' },
  mine: { title: '谁查了我的数据', sentence: '哪个部门、什么时候、为什么、看了哪些字段；看不到的值，这里也没有。', total: '次查询', departments: '个部门', notListed: '暂不列出', list: '查询记录', none: '还没有部门查过您的数据', noneNext: '有部门依协议查询后，会列在这里。', looked: '{who} 查了 {item}', why: '为 {purpose}', saw: '看到：{fields}', partly: '其中 {n} 项只看到区间、化名或一部分', ask: '我有疑问', due: '{day} 前答复', delayed: '按规定 {n} 天后列出', withheld: '依法不列出：{basis}', more: '更早的', proof: '每条记录在账本上都有凭证，谁也删不掉。', askTitle: '对这次查询有疑问', askWho: '由 {who} 在法定期限内答复。', kind: '我要', said: '请写明', saidHint: '不要写身份证号等敏感信息', send: '提交' },
}

const en: typeof zh = {
  title: 'Data services',
  tabs: { services: 'Services', exchanges: 'Table exchange', files: 'Files', calls: 'Calls and receipts', monitoring: 'Monitoring', doubts: "Persons' questions" },
  fields: { item: 'Item', agreement: 'Agreement', sides: 'From → to', usedToday: 'Used today', fresh: 'Data of', caller: 'User', purpose: 'Purpose', outcome: 'Outcome', index: 'Place on the ledger', at: 'When', rows: 'Rows', rate: 'Rate', perSecond: '{n} a second', mostRows: 'Rows a call', until: 'Until', name: 'Field', kind: 'Type', mask: 'Given', meaning: 'Meaning', key: 'key' },
  kinds: { text: 'text', integer: 'whole number', decimal: 'decimal', day: 'day', moment: 'time', truth: 'yes or no' },
  masks: { full: 'whole', partial: 'in part', pseudonym: 'pseudonym', general: 'generalised', omit: 'not given' },
  status: { in_force: 'In force', suspended: 'Suspended', proposed: 'To be signed', ended: 'Ended' },
  operations: { lookup: 'look-up', batch: 'batch', page: 'pages', count: 'count', relay: 'relay', table: 'table exchange', file: 'file' },
  outcomes: { served: 'Served', refused: 'Refused' },
  services: { sentence: 'Data under an agreement: one address, one signature; a receipt each time.', find: 'Item, agreement, department', none: 'Nothing can be called yet', noneNext: 'Apply for an item; once both have signed it stands here.', noCopy: 'being copied' },
  own: { account: 'account id', key: 'key id', session: 'session id', secret: 'call key in hexadecimal', caseNumber: 'case number' },
  service: { sentence: 'Provided by {provider}, used by {consumer}.', calls: 'Its calls', call: 'How to call', callNote: 'all values are made up', answer: 'An answer', fields: 'Agreed fields', suspended: 'The agreement is suspended: every call is refused now.' },
  calls: { sentence: 'Every call has its receipt on the ledger, served or refused.', export: 'Export', find: 'Receipt, agreement, case, purpose', all: 'All', none: 'No calls yet', noneNext: 'Receipts stand here once a system has called.', rows: '{n} rows', anchoring: 'anchoring…' },
  receipt: { title: 'Receipt', sentence: 'Anybody can verify it offline; it holds no value of the data.', about: '{n} persons or firms', entry: 'Entry on the ledger', entryNote: 'as it was written', root: 'Signed root', anchoring: 'Being anchored; the proof follows.', save: 'Download', verify: 'Verify', recheck: 'Decide again' },
  verdicts: { same: 'The same: decided again from the inputs of that time.', differs: 'Another outcome than at that time: tell the data authority at once.', altered: 'The sealed inputs are not those of the ledger, or are damaged.', missing: 'The ledger has no such entry.', shredded: 'The inputs were destroyed as the rules ask; it cannot be decided again.' },
  monitoring: { sentence: 'The last 24 hours.', p50: 'Half within', p99: '99% within', hours: 'Calls by hour', uses: 'Who uses', last: 'Last', none: 'No calls in 24 hours', copies: 'Serving copies', copiesNote: 'swapped when new data land', noCopies: 'No copies yet', noCopiesNext: 'Made when data land under an agreement.', version: 'Version' },
  doubts: { sentence: 'Persons ask why they were looked up; the user answers in time.', said: 'Question', due: 'Due', question: 'Question', objection: 'Objection', open: 'To answer', answered: 'Answered', none: 'No questions', noneNext: 'When somebody asks or objects it stands here with its clock.', receipt: 'The receipt of this use', outcome: 'Outcome', outcomes: { justified: 'Justified', stopped: 'Stopped', wrong: 'Not justified' }, answer: 'Answer (the person reads it)', send: 'Answer' },
  mine: { title: 'Who looked at my data', sentence: 'Which department, when, why, which fields; never a value.', total: 'look-ups', departments: 'departments', notListed: 'not listed yet', list: 'Look-ups', none: 'No department has looked yet', noneNext: 'A look-up under an agreement will stand here.', looked: '{who} looked at {item}', why: 'for {purpose}', saw: 'saw: {fields}', partly: '{n} of them as a band, a pseudonym or in part', ask: 'I have a question', due: 'answer by {day}', delayed: 'listed after {n} days', withheld: 'not listed by law: {basis}', more: 'Earlier', proof: 'Each stands on the ledger with its proof; nobody can take it away.', askTitle: 'A question about this look-up', askWho: '{who} answers within the legal time.', kind: 'I want to', said: 'Please say', saidHint: 'no identity numbers here', send: 'Send' },
}

export default { zh: { ...zh, ...deliveries.zh }, en: { ...en, ...deliveries.en } }
