import type { Command } from 'commander'
import { collected } from '../args.ts'
import { type ReportFile, reportFile } from './report-format.ts'

/** Of every command that runs a drill. */
export interface WithReports {
  readonly report: readonly ReportFile[] | undefined
}

/** `--report`, for commands that run a drill. The option's name in the action is `report`. */
export function withReports(command: Command): Command {
  return command.option(
    '--report <file>',
    'write a report when it is over: .html, .md, .xml (JUnit) or .prom (Prometheus); may be given several times',
    collected(reportFile),
  )
}
