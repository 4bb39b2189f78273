import type { DrillRunbook } from './scenarios.ts'
import type { DrillOptions } from './options.ts'

/** The options of a drill as its runbook has them, where the command line does not say otherwise. */
export function withSection(options: DrillOptions, { section, link }: DrillRunbook): DrillOptions {
  const { detection, steady, hold, canary, objectives, all, brokers } = section
  const fromFile: { readonly [Name in keyof DrillOptions]?: DrillOptions[Name] | undefined } = {
    sandbox: section.mode === 'sandbox',
    all,
    brokers,
    steady,
    hold,
    probeInterval: detection?.every,
    probeFailures: detection?.failures,
    partitions: canary?.partitions,
    canaryInterval: canary?.every,
    rto: objectives?.rto,
    rpo: objectives?.rpo,
    rpoRecords: objectives?.rpoRecords === undefined ? undefined : BigInt(objectives.rpoRecords),
  }
  const said = Object.entries(fromFile).filter(([name, value]) => value !== undefined && !options.typed.includes(name))
  const merged: DrillOptions = { ...options, ...Object.fromEntries(said) }
  // What is for a link, or for a sandbox, is left out where the command line says that it is the other.
  return merged.sandbox ? { ...merged, all: options.all } : { ...merged, brokers: options.brokers, link }
}
