/** What the pages of exchanges, files and traced leaks say. */
const zh = {
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

const en: typeof zh = {
  exchanges: {
    sentence: 'Where an agreement has table exchange: first a whole copy, then what each batch changes; a receipt before every step.', add: 'Arrange an exchange', find: 'Agreement, item', none: 'No exchanges yet', noneNext: 'Under an agreement with table exchange, arrange here where the rows go: your database or a topic.', all: 'Running and stopped',
    to: 'To', progress: 'Progress', last: 'Last brought', state: 'State', states: { active: 'Running', paused: 'Paused', held: 'To confirm', stopped: 'Ended' }, into: { database: 'database', topic: 'topic' }, version: 'lake version {n}', nothing: 'nothing yet', rows: '{n} rows brought', gone: '{n} taken away',
  },
  exchange: {
    sentence: 'From {provider} into the {into} of {consumer}.', going: 'Bringing', upToDate: 'Up to date', waiting: 'Awaiting the next batch', begins: 'About to begin', soFar: '{n} rows of this version', ofAbout: '{n} of about {total} rows', rate: '{n} rows a second', left: 'about {time} left', seconds: '{n} s', minutes: '{n} min', hours: '{n} h', tried: 'last tried {at}', again: 'tried again every 5 minutes', idle: 'brings what changes whenever a batch lands',
    facts: { put: 'Brought in all', gone: 'Taken away', target: 'Table or topic', address: 'Receiver', system: 'Receiving system', basis: 'Purpose and case', version: 'Up to', by: 'Arranged by' },
    run: 'Bring up to date', ran: 'Asked for; see its progress.', reconcile: 'Compare', reconciling: 'Asked for; the report comes below.', pause: 'Pause', pauseEffect: 'Rests after the step it is at; what the receiver has stays. It goes on from there whenever you like.', paused: 'Paused; it goes on from row {n}.', resume: 'Go on', resumed: 'It goes on.', confirm: 'Go on with the new columns', confirmEffect: 'New columns are added at the receiver, old ones stay; all rows are brought again and count towards the quota.', confirmed: 'Confirmed; all rows are brought again.', stop: 'End', stopEffect: 'For good. What the receiver has stays there; the agreement says what becomes of it.', stopped: 'Ended.', address: 'Change address or password', redirected: 'Changed; it goes on from what the receiver has.',
    report: 'Comparison', reportNote: 'row by row, the receiver against the same version of the lake', agrees: 'They agree: {n} rows on each side, row by row.', differs: 'They differ: {source} rows at the source, {target} at the receiver.', missing: 'Missing at the receiver', extra: 'Only at the receiver', altered: 'Different', firstHundred: 'the first 100 names of each', noReport: 'Not compared yet', noReportNext: 'Choose “Compare”: rows that are missing, too many or different are listed.', noReadBack: 'A topic cannot be read back, so it is not compared; the receiver can check by row names.',
    steps: 'Every step', stepsNote: 'a receipt first, then the rows', stepAt: 'When', stepRows: 'Brought / taken', receipt: 'Receipt', noSteps: 'Nothing yet', columns: 'Columns',
  },
  setUp: {
    title: 'Arrange a table exchange', agreement: 'Agreement and item', noAgreement: 'No agreement can be used: it must be in force, with “{way}” among its ways.', system: 'Receiving system (service account)', purpose: 'Purpose', caseNumber: 'Case number', caseHint: 'The agreement asks for one with each call; name the paper this exchange rests on', into: 'To', kind: 'Database', host: 'Host', port: 'Port', database: 'Database name', account: 'Account', password: 'Password', sealed: 'Kept sealed and never shown again', table: 'Table', tableHint: 'It is made; a table of that name that is there already is left alone', topic: 'Topic', topicHint: 'one message a row, its key the name of the row', send: 'Arrange and begin', sent: 'Arranged; the whole copy begins.', file: 'Have a file made', format: 'Format', fileSend: 'Make it', fileSent: 'It is being made; it shows in the list.', redirect: 'Change address or password', redirectSend: 'Change',
  },
  files: {
    sentence: 'Only the receiving system’s key opens a file; each has an order of its own, so that a leaked copy tells which it was.', ask: 'Make a file', find: 'Agreement, item', none: 'No files yet', noneNext: 'Under an agreement with files among its ways they are made here, after the contract’s decision and a receipt.', rows: 'Rows', size: 'Size', state: 'State', states: { waiting: 'being made', ready: 'ready', failed: 'not made', expired: 'expired' }, asked: 'Asked', fetch: 'Download', fetched: 'The sealed file is downloaded.', until: 'kept until {day}', format: 'Format', digest: 'Digest', keyPrint: 'Sealed to key', downloads: 'Downloads', decoys: 'Agreed decoys', receipt: 'Receipt', open: 'How to open it', openNote: 'on the receiving system’s machine, with its private key', trace: 'Trace a leak', title: 'Files',
  },
  leaks: {
    title: 'Trace a leaked copy', sentence: 'A table has turned up outside: which file is it from, and who had it? No value was altered for this.', item: 'Of which item', drop: 'Drop the leaked table, or choose it', kinds: 'CSV, xlsx; with its key columns, and more than fifty rows to be sure', choose: 'Choose a file', trace: 'Trace', compared: '{n} files compared', sure: 'this one', unsure: 'not sure', none: 'No file is like it', noneNext: 'It may have too few rows, have been sorted, or not be from here.', noFiles: 'No file of this item can be compared', to: 'Who had it', likeness: 'Likeness', rows: 'Rows compared', decoys: 'Decoys found', how: '{n} standard deviations', meaning: '“This one”: by chance less than once in a thousand million (six standard deviations), or eight decoys of its own are there. Each trace is audited.', waiting: 'Choose the item and the table, then “Trace”.',
  },
}

export default { zh, en }
