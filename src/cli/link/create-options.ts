import type { ConnectorSetting } from '../../engines/engine.ts'
import type { EngineName, NamingText, SyncedText, OutputFormat } from '../args.ts'
import type { ProtectOptions } from './protect-options.ts'
import type { GlobalOptions } from '../wiring.ts'

export interface LinkCreateOptions extends GlobalOptions, ProtectOptions {
  readonly name: string
  readonly source: string | undefined
  readonly destination: string | undefined
  readonly groups: readonly string[] | undefined
  /** Bytes a second. */
  readonly throttle: number | undefined
  readonly syncConfigsExclude: readonly string[] | undefined
  readonly sync: SyncedText | undefined
  readonly syncAclsResource: readonly string[] | undefined
  readonly engine: EngineName | undefined
  readonly connect: string | undefined
  readonly naming: NamingText | undefined
  readonly set: readonly ConnectorSetting[] | undefined
  readonly wan: boolean
  readonly inlineSecrets: boolean
  readonly dryRun: boolean
  readonly takeOver: boolean
  readonly output: OutputFormat
}
