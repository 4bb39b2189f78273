import { drillMetrics } from '../../report/drill-metrics.ts'
import { htmlReport } from '../../report/html-report.ts'
import { junitReport } from '../../report/junit-report.ts'
import { markdownReport } from '../../report/markdown-report.ts'
import type { ReportInput } from '../../report/report-input.ts'
import type { ReportFormat } from './report-format.ts'

const makers = {
  html: htmlReport,
  markdown: markdownReport,
  junit: junitReport,
  prometheus: drillMetrics,
} as const satisfies Record<ReportFormat, (input: ReportInput) => string>

export function reportText(format: ReportFormat, input: ReportInput): string {
  return makers[format](input)
}
