import type { Words } from '.'

export const results = {
  'result.none': ['Nothing is kept of its result.', '没有保存其结果。'],
  'result.none.advice': ['To have results kept: @task(persist_result=True), and for a look at them here result_serializer="json".', '要保存结果：@task(persist_result=True)；要在此处查看，请使用 result_serializer="json"。'],
  'result.in a block': ['It is kept in a storage block, which the server does not open. This reads it:', '结果保存在存储配置块中，服务器不会读取它。可以这样读取：'],
  'result.not here': ['It is kept, but not in the server’s own folder of results. Where the run happened, this reads it:', '结果已保存，但不在服务器自己的结果目录中。可在运行所在的机器上这样读取：'],
  'result.too large': ['It is too large to be shown. This reads it:', '结果过大，无法显示。可以这样读取：'],
  'result.no JSON': ['It is kept as {serializer}, which is only read by a program that trusts it. This reads it:', '结果以 {serializer} 格式保存，仅应由信任它的程序读取。可以这样读取：'],
  'result.cut': ['Only the beginning is shown. This reads all of it:', '仅显示开头部分。可以这样读取全部：'],
} as const satisfies Words
