export default {
  zh: {
    title: '运行', sentence: '后台在做什么，哪里出了问题，怎么补救。', tabs: { overview: '概况', jobs: '任务', events: '事件', timers: '定时', settings: '设置' },
    fine: '一切正常。', alarms: '需要处理', calm: '没有积压，没有失败。', look: '去看看',
    figures: { waiting: '等待', running: '进行中', retrying: '重试中', dead: '已失败', deadMore: '要人来看', oldest: '最久已等 {span}', none: '没有积压', events: '待投递事件', eventsDead: '{n} 个投递失败' },
    health: { title: '健康', engine: '部件', adapter: '用的是', took: '耗时', states: { ok: '正常', bad: '有故障', off: '未启用' }, database: '数据库', disk: '磁盘', free: '剩余 {free} / {total}', process: '进程', since: '{at} 启动', memory: '内存 {size}', version: '版本 {version}', log: '日志 {size}', clock: '时钟' },
    jobs: { title: '任务', name: '任务', state: '状态', tries: '次数', when: '时间', none: '没有任务', error: '最后的错误', replay: '重放', replayed: '已重新排队。', replayAll: '重放全部失败（{n}）', replayAllEffect: '选中类别里失败的任务会重新排队，按原参数再做一遍。', replayedN: '{n} 个任务已重新排队。', cancel: '取消', cancelEffect: '这个任务不再执行。', cancelled: '已取消。', key: '顺序键', runAt: '计划时间', started: '开始', finished: '结束', arguments: '参数（已脱敏）', lease: '由谁在做', history: '经过', states: { waiting: '等待', running: '进行中', retrying: '重试中', done: '已完成', dead: '已失败', cancelled: '已取消' } },
    events: { title: '事件', type: '类型', key: '键', at: '发生', deliveries: '投递', waiting: '待投递', delivered: '已投递', dead: '投递失败', none: '没有事件', body: '内容（已脱敏）', listener: '监听者', state: '状态', replay: '重放', replayed: '已重新投递。', parts: '成 {done} · 待 {waiting} · 败 {dead}' },
    timers: { title: '定时', name: '名称', every: '周期', next: '下次', last: '上次', run: '现在运行', ran: '已排队。', none: '没有定时任务', never: '从未' },
    settings: { title: '设置', sentence: '由配置文件与环境变量决定，这里只读；密钥不显示。', section: '分区', key: '设置', value: '值', source: '来自', sources: { default: '默认', file: '配置文件', environment: '环境变量', env: '环境变量' }, none: '没有设置' },
  },
  en: {
    title: 'Operations', sentence: 'What works in the background, what went wrong, and how to mend it.', tabs: { overview: 'Overview', jobs: 'Jobs', events: 'Events', timers: 'Timers', settings: 'Settings' },
    fine: 'All is well.', alarms: 'Needs attention', calm: 'Nothing waits too long, nothing failed.', look: 'Look',
    figures: { waiting: 'Waiting', running: 'Running', retrying: 'Retrying', dead: 'Failed', deadMore: 'a person must look', oldest: 'oldest waits {span}', none: 'nothing waits', events: 'Events to deliver', eventsDead: '{n} deliveries failed' },
    health: { title: 'Health', engine: 'Part', adapter: 'Runs on', took: 'Took', states: { ok: 'Works', bad: 'Broken', off: 'Off' }, database: 'Database', disk: 'Disk', free: '{free} free of {total}', process: 'Process', since: 'started {at}', memory: 'memory {size}', version: 'version {version}', log: 'log {size}', clock: 'Clock' },
    jobs: { title: 'Jobs', name: 'Job', state: 'State', tries: 'Tries', when: 'When', none: 'No jobs', error: 'Last error', replay: 'Replay', replayed: 'Queued again.', replayAll: 'Replay all failed ({n})', replayAllEffect: 'The failed jobs of this kind are queued again with their arguments.', replayedN: '{n} jobs queued again.', cancel: 'Cancel', cancelEffect: 'This job will not run.', cancelled: 'Cancelled.', key: 'Order key', runAt: 'Planned', started: 'Started', finished: 'Finished', arguments: 'Arguments (masked)', lease: 'Held by', history: 'History', states: { waiting: 'Waiting', running: 'Running', retrying: 'Retrying', done: 'Done', dead: 'Failed', cancelled: 'Cancelled' } },
    events: { title: 'Events', type: 'Type', key: 'Key', at: 'When', deliveries: 'Deliveries', waiting: 'To deliver', delivered: 'Delivered', dead: 'Failed', none: 'No events', body: 'Content (masked)', listener: 'Listener', state: 'State', replay: 'Replay', replayed: 'Queued again.', parts: '{done} done · {waiting} waiting · {dead} failed' },
    timers: { title: 'Timers', name: 'Name', every: 'Every', next: 'Next', last: 'Last', run: 'Run now', ran: 'Queued.', none: 'No timers', never: 'never' },
    settings: { title: 'Settings', sentence: 'Set by the file and the environment, read-only here; secrets are hidden.', section: 'Section', key: 'Setting', value: 'Value', source: 'From', sources: { default: 'default', file: 'file', environment: 'environment', env: 'environment' }, none: 'No settings' },
  },
}
