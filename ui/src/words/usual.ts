import type { Words } from '.'

export const usual = {
  'usual.is': ['usually {median}', '通常 {median}'],
  'usual.told': ['Usually {median}; 95 % take at most {p95} (the last {runs} that completed)', '通常 {median}；95% 不超过 {p95}（最近完成的 {runs} 次）'],
  'usual.long': ['longer than usual', '比平常久'],
  'usual.column': ['Beside what is usual for its flow: the mark is the median', '与该流程平常耗时相比：刻度为中位数'],
} as const satisfies Words
