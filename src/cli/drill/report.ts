import { type Command, Option } from 'commander'
import { optionsOfVerb } from '../noun-with-verbs.ts'
import { withExamples, withHistoryDir } from '../options.ts'
import type { Perform } from '../wiring.ts'
import { formatOfFile, type ReportFormat, reportFormats } from './report-format.ts'
import type { DrillReportOptions } from './report-run.ts'

export function addDrillReport(noun: Command, perform: Perform): void {
  const command = noun
    .command('report')
    .summary('make a report of a past run: HTML, Markdown, JUnit, Prometheus')
    .description(
      'Makes a report of one run from its record, for an auditor (html: one file, without scripts and style sheets), a ticket (markdown), a CI ' +
        'server (junit) or an alert on the last success (prometheus). The record is not changed, and the clusters are not asked. The docs tell how to ' +
        'read each.',
    )
    .argument('[id]', 'the id of the run, or enough of its beginning to be the only one; the last run, if not given')
    .addOption(
      new Option(
        '--format <format>',
        'which kind; if not given, the one that --out ends in: .html, .md, .xml or .prom; else markdown',
      ).choices(reportFormats),
    )
    .option('--out <file>', 'write this file, in place of one that is there, instead of stdout')
  withExamples(withHistoryDir(command), [
    'georep drill report --out drill.html',
    'georep drill report 3f9a --format junit --out results.xml',
    '# for the text collector of a node exporter',
    'georep drill report --out /var/lib/node_exporter/georep.prom',
  ]).action(async (id: string | undefined, _flags: unknown, self: Command) => {
    const flags = optionsOfVerb<Omit<DrillReportOptions, 'id' | 'format'> & { format: ReportFormat | undefined }>(self)
    const format = flags.format ?? (flags.out === undefined ? 'markdown' : formatOfFile(flags.out))
    if (format === undefined) self.error("error: '--out' does not say which kind of report it is: give '--format', too")
    await perform(async () => (await import('./report-run.ts')).runDrillReport, { ...flags, id, format })
  })
}
