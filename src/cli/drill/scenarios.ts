import { InvalidArgumentError } from 'commander'
import { type FaultName, faultNames, isFault } from '../../core/drill-faults.ts'
import type { DrillMode } from '../../drill/scenario.ts'
import type { Runbook } from '../../runbook/load.ts'
import type { DrillSection } from '../../runbook/drill-section.ts'
import type { StandIn } from '../../runbook/stand-in.ts'

/** A runbook that is drilled: what it says of the drill, and its steps once the link and the canary are known. */
export interface DrillRunbook {
  readonly name: string
  /** Absolute. */
  readonly file: string
  readonly section: DrillSection
  /** With a link that may not be the one that is meant. */
  readonly outline: Runbook
  /** The link that it names, or was told; undefined when it has to be found, or made. */
  readonly link: string | undefined
  /** @throws GeorepError "usage" when it is for another link */
  readonly on: (link: string, standIn: StandIn) => Runbook
}

// What can be exercised, by name. Light: argv and help are made from it.

/** Those of a link of georep.yaml that are no runbook. */
export const linkScenarios = {
  planned: 'on a link of yours, switched over as planned: nothing may be lost',
  forced: 'on a link of yours, whose source a command of yours takes away (--fault, --undo)',
} as const satisfies Partial<Record<DrillMode, string>>
type LinkMode = keyof typeof linkScenarios

export const scenarioNames: readonly string[] = [...Object.keys(linkScenarios), ...faultNames]

/** What `--fault` says: a fault of a sandbox, or a command. */
export type FaultOption =
  { readonly how: 'named'; readonly name: FaultName } | { readonly how: 'exec'; readonly command: string }

/** What is exercised, once name and flags are put together. */
export type Exercise = (
  | { readonly mode: 'sandbox'; readonly fault: FaultName }
  | { readonly mode: 'practice' | 'planned' }
  | { readonly mode: 'forced'; readonly fault: string; readonly undo: string }
) & {
  readonly name: string
  /** Whose steps are the response; undefined: the one that is built in. */
  readonly runbook: DrillRunbook | undefined
}

export function faultOption(text: string): FaultOption {
  if (isFault(text)) return { how: 'named', name: text }
  if (text.startsWith('exec:')) return { how: 'exec', command: commandOf(text) }
  throw new InvalidArgumentError(`Expected exec:<command>, or one of ${faultNames.join(', ')}.`)
}

export function execOption(text: string): string {
  if (text.startsWith('exec:')) return commandOf(text)
  throw new InvalidArgumentError('Expected exec:<command>.')
}

export function isLinkMode(name: string): name is LinkMode {
  return Object.hasOwn(linkScenarios, name)
}

function commandOf(text: string): string {
  const command = text.slice('exec:'.length).trim()
  if (command === '') throw new InvalidArgumentError('Expected a command after exec:')
  return command
}
