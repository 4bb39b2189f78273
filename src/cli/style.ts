import { Chalk } from 'chalk'
import type { Io } from './context.ts'

export type Paint = (text: string) => string

/** Colour by meaning. Without colour every one of them returns the text as it is, so the words must say it too. */
export interface Style {
  readonly ok: Paint
  readonly warn: Paint
  readonly bad: Paint
  readonly dim: Paint
  readonly bold: Paint
}

export function styleOf(io: Pick<Io, 'hasColor'>): Style {
  const chalk = new Chalk({ level: io.hasColor ? 1 : 0 })
  return { ok: chalk.green, warn: chalk.yellow, bad: chalk.red, dim: chalk.dim, bold: chalk.bold }
}
