import { InvalidArgumentError } from 'commander'

export type ReportFormat = 'html' | 'markdown' | 'junit' | 'prometheus'

const extensions = { html: '.html', markdown: '.md', junit: '.xml', prometheus: '.prom' } as const satisfies Record<
  ReportFormat,
  string
>

export const reportFormats = Object.keys(extensions) as readonly ReportFormat[]

/** A file that a report is written to, and which kind it is. */
export interface ReportFile {
  readonly file: string
  readonly format: ReportFormat
}

/** The kind of report that a file's name asks for; undefined when it asks for none. */
export function formatOfFile(file: string): ReportFormat | undefined {
  return reportFormats.find((format) => file.toLowerCase().endsWith(extensions[format]))
}

/** The value of `--report`. */
export function reportFile(file: string): ReportFile {
  const format = formatOfFile(file)
  if (format === undefined) {
    throw new InvalidArgumentError(
      'Expected a file that ends in .html, .md, .xml (JUnit) or .prom (Prometheus): that says which kind of report it is.',
    )
  }
  return { file, format }
}
