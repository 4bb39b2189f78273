import { z } from 'zod'
import { faultNames, faultsOfThreeBrokers } from '../core/drill-faults.ts'
import { durationMs } from './kind.ts'

// The section `drill` of a runbook: what `georep drill run` does before the steps, and after them. Everything has a flag, too, which wins.

const drillModes = ['practice', 'planned', 'forced', 'sandbox'] as const

const stepIds = z.array(z.string().min(1)).min(1)

export const drillSection = z.strictObject({
  mode: z.enum(drillModes),
  fault: z
    .strictObject({
      /** What is done to the source of a sandbox. */
      sandbox: z.enum(faultNames).optional(),
      /** Takes the source of a link away, and brings it back. For `sh -c`. */
      exec: z.string().min(1).optional(),
      undo: z.string().min(1).optional(),
    })
    .optional(),
  detection: z.strictObject({ every: durationMs.optional(), failures: z.int().min(1).optional() }).optional(),
  steady: durationMs.optional(),
  hold: durationMs.optional(),
  canary: z.strictObject({ partitions: z.int().min(1).optional(), every: durationMs.optional() }).optional(),
  objectives: z
    .strictObject({
      rto: durationMs.optional(),
      rpo: durationMs.optional(),
      rpoRecords: z.int().min(0).optional(),
    })
    .optional(),
  /** With forced: every mirror of the link fails over with the canary's, and stays so. */
  all: z.boolean().optional(),
  /** Brokers a side of a sandbox. */
  brokers: z.union([z.literal(1), z.literal(3)], { error: 'expected 1 or 3' }).optional(),
  /** Steps of kind exec that point clients at the destination; steps of kind dns do. */
  repoints: stepIds.optional(),
  /** Steps that run commands which may be run in a drill that is not to reach beyond its canary, or its sandbox. */
  commands: stepIds.optional(),
})
export type DrillSection = z.output<typeof drillSection>

/** The keys that are known at a path below `drill`. */
export function keysOfDrill(path: readonly PropertyKey[]): readonly string[] {
  let found: z.ZodType = drillSection
  for (const part of path) {
    const next = found instanceof z.ZodObject ? (found.shape as Record<PropertyKey, z.ZodType>)[part] : undefined
    if (next === undefined) return []
    found = next instanceof z.ZodOptional ? (next.unwrap() as z.ZodType) : next
  }
  return found instanceof z.ZodObject ? Object.keys(found.shape) : []
}

interface AnyStep {
  readonly id: string
  readonly kind: string
}

interface Wrong {
  /** Below `drill`. */
  readonly path: readonly (string | number)[]
  readonly message: string
}

/** What of the section does not go together, or not with the steps. */
export function wrongInDrill(section: DrillSection, steps: readonly AnyStep[]): readonly Wrong[] {
  const { mode, fault, all, brokers, repoints = [], commands = [] } = section
  const wrong: Wrong[] = []
  const opens = openingKind(mode)
  if (!steps.some(({ kind }) => kind === opens)) {
    wrong.push({ path: ['mode'], message: `a ${mode} drill needs a step of kind ${opens}` })
  }
  if (fault?.exec !== undefined && mode !== 'forced') wrong.push({ path: ['fault', 'exec'], message: 'only a forced drill takes the source of a link away' }) // prettier-ignore
  if (fault?.exec !== undefined && fault.undo === undefined) wrong.push({ path: ['fault', 'exec'], message: 'needs "undo", which brings the source back' }) // prettier-ignore
  if (fault?.undo !== undefined && fault.exec === undefined) wrong.push({ path: ['fault', 'undo'], message: 'needs "exec", which takes the source away' }) // prettier-ignore
  if (all === true && mode !== 'forced') wrong.push({ path: ['all'], message: 'only a forced drill fails every mirror of a link over' }) // prettier-ignore
  if (fault?.sandbox !== undefined && faultsOfThreeBrokers.has(fault.sandbox) && brokers !== 3) {
    wrong.push({ path: ['fault', 'sandbox'], message: `${fault.sandbox} needs "brokers: 3": a broker is lost, and its cluster has to live on` }) // prettier-ignore
  }
  for (const [field, ids, kinds] of [['repoints', repoints, ['exec']], ['commands', commands, undefined]] as const) {
    for (const [index, id] of ids.entries()) {
      const step = steps.find((one) => one.id === id)
      if (step === undefined) wrong.push({ path: [field, index], message: `there is no step "${id}"` })
      else if (kinds?.includes(step.kind as 'exec') === false) wrong.push({ path: [field, index], message: `step "${id}" is of kind ${step.kind}, not exec` }) // prettier-ignore
    }
  }
  return wrong
} // prettier-ignore

/** What opens the mirrors in a drill of that mode. */
export function openingKind(mode: DrillSection['mode']): 'mirror.promote' | 'mirror.failover' {
  return mode === 'planned' ? 'mirror.promote' : 'mirror.failover'
}
