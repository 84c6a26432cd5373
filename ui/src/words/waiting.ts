import type { Words } from '.'

export const waiting = {
  'waiting.NOT_DUE': ['The run is due at {until}.', '该运行的计划时间为 {until}。'],
  'waiting.WAITING_FOR_RETRY': ['The run is tried again at {until}.', '该运行将于 {until} 重试。'],
  'waiting.NO_DEPLOYMENT': ['The run belongs to no deployment, so nobody else can start it.', '该运行不属于任何部署，因此无法由他人启动。'],
  'waiting.POOL_PAUSED': ['The work pool {pool} is paused; `prefect work-pool resume {pool}` lets its runs start.', '工作池 {pool} 已暂停；执行 `prefect work-pool resume {pool}` 即可恢复。'],
  'waiting.QUEUE_PAUSED': ['The queue {queue} of the work pool {pool} is paused.', '工作池 {pool} 的队列 {queue} 已暂停。'],
  'waiting.DEPLOYMENT_LIMIT': ['As many runs of the deployment {deployment} are under way as may be.', '部署 {deployment} 的并发运行数已达上限。'],
  'waiting.POOL_LIMIT': ['As many runs of the work pool {pool} are under way as may be.', '工作池 {pool} 的并发运行数已达上限。'],
  'waiting.QUEUE_LIMIT': ['As many runs of the queue {queue} are under way as may be.', '队列 {queue} 的并发运行数已达上限。'],
  'waiting.NOBODY_ASKS': ['No worker asks for the runs of the work pool {pool}. `prefect worker start --pool {pool}` starts one.', '没有工作进程领取工作池 {pool} 的运行。执行 `prefect worker start --pool {pool}` 启动一个。'],
  'waiting.unserved': ['Nobody asks for runs of the deployment {deployment}. Is the program running that serves it?', '没有进程领取部署 {deployment} 的运行。提供该部署的程序是否在运行？'],
  'waiting.CLAIMED': ['Somebody has claimed the run and is starting it.', '该运行已被领取，正在启动。'],
  'waiting.ABOUT_TO_START': ['Nothing stands in its way. Whoever asks for it is about to start it, or has as many runs at work as it may.', '没有任何阻碍。领取者即将启动它，或其并发数已满。'],
} as const satisfies Words
