import { InvalidArgumentError } from 'commander'
import type { DrillMode } from '../../drill/scenario.ts'

// What can be exercised, by name. Light: argv and help are made from it.

/** Faults of a sandbox. What each means for the figures is in docs/drill.md. */
export const faults = {
  'region-kill': 'SIGKILL of all brokers of the source',
  'region-freeze': 'SIGSTOP of all brokers of the source; they go on after the failover',
  'wan-cut': 'nothing passes between the regions until after the failover; the source lives on',
  'wan-slow': 'the source is out of reach of the probes, and answers; as before after the failover',
  'broker-kill': 'SIGKILL of one broker of the source, and of all when all is well again (--brokers 3)',
  'broker-freeze': 'SIGSTOP of one broker of the source, SIGKILL of all 12 seconds later (--brokers 3)',
  'destination-broker-kill':
    'SIGKILL of one broker of the destination, and of the source when all is well again (--brokers 3)',
  'runner-kill': "SIGKILL of the link's runner, and of the source a second later",
} as const satisfies Record<string, string>
export type FaultName = keyof typeof faults
export const faultNames = Object.keys(faults) as readonly FaultName[]

/** Those of a link of georep.yaml. */
export const linkScenarios = {
  practice: 'on a link of yours, with a loss that is simulated',
  planned: 'on a link of yours, switched over as planned: nothing may be lost',
  forced: 'on a link of yours, whose source a command of yours takes away (--fault, --undo)',
} as const satisfies Record<Exclude<DrillMode, 'sandbox'>, string>
type LinkMode = keyof typeof linkScenarios

export const scenarioNames: readonly string[] = [...Object.keys(linkScenarios), ...faultNames]

/** What `--fault` says: a fault of a sandbox, or a command. */
export type FaultOption =
  { readonly how: 'named'; readonly name: FaultName } | { readonly how: 'exec'; readonly command: string }

/** What is exercised, once name and flags are put together. */
export type Exercise =
  | { readonly mode: 'sandbox'; readonly name: FaultName }
  | { readonly mode: 'practice' | 'planned'; readonly name: string }
  | { readonly mode: 'forced'; readonly name: string; readonly fault: string; readonly undo: string }

export function faultOption(text: string): FaultOption {
  if (isFault(text)) return { how: 'named', name: text }
  if (text.startsWith('exec:')) return { how: 'exec', command: commandOf(text) }
  throw new InvalidArgumentError(`Expected exec:<command>, or one of ${faultNames.join(', ')}.`)
}

export function execOption(text: string): string {
  if (text.startsWith('exec:')) return commandOf(text)
  throw new InvalidArgumentError('Expected exec:<command>.')
}

export function scenarioName(text: string): string {
  if (scenarioNames.includes(text)) return text
  throw new InvalidArgumentError(`Expected one of ${scenarioNames.join(', ')}.`)
}

export function isFault(name: string): name is FaultName {
  return Object.hasOwn(faults, name)
}

export function isLinkMode(name: string): name is LinkMode {
  return Object.hasOwn(linkScenarios, name)
}

function commandOf(text: string): string {
  const command = text.slice('exec:'.length).trim()
  if (command === '') throw new InvalidArgumentError('Expected a command after exec:')
  return command
}
