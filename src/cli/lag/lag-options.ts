import type { OutputFormat } from '../args.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface LagOptions extends GlobalOptions {
  readonly link: string | undefined
  readonly topic: string | undefined
  readonly group: readonly string[] | undefined
  readonly mirrorsOnly: boolean
  readonly afterFailover: boolean
  readonly committed: boolean
  readonly all: boolean
  readonly top: number | undefined
  readonly failOver: number | undefined
  readonly maxLag: number | undefined
  readonly objectives: boolean
  readonly watch: number | undefined
  readonly textfile: string | undefined
  readonly output: LagFormat
}

export type LagFormat = OutputFormat | 'prometheus' | 'junit'
