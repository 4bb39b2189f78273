import { z } from 'zod'
import { GeorepError } from '../../core/errors.ts'
import { lossSentence, totalLoss } from '../../core/loss.ts'
import { type FailoverPlan, isStopKnown, openMirrors } from '../../engines/engine.ts'
import { stepKind } from '../kind.ts'
import { deniedText, isStopped, isWritable, mirrorsText, quoted, topics, wantedMirrors } from '../mirrors.ts'
import { requireStopped } from '../stopped.ts'

/** The unplanned stop: needs the destination alone, and loses what has not arrived. */
export const mirrorFailover = stepKind({
  name: 'mirror.failover',
  fields: {
    topics,
    /** Open the topics although the brokers cannot be told to refuse a late runner. */
    unfenced: z.boolean().optional(),
  },
  timeoutMs: 60_000,
  does: (step) => `fail over ${mirrorsText(step.topics)}; what has not arrived is lost`,
  open: (step, site) => {
    const { engine, target } = site
    const asked = step.topics ?? 'all'
    return {
      certainty: 'observed',
      observe: async (options) => {
        const { mirrors, blocked } = await wantedMirrors(site, step.topics, options)
        if (blocked !== undefined) return blocked
        if (mirrors.every((one) => isStopped(one) && isWritable(site, one))) return { kind: 'done', what: `STOPPED: ${quoted(mirrors.map(({ mirrorTopic }) => mirrorTopic))}` } // prettier-ignore
        const plan = await engine.planFailover(target, asked, options)
        if (!isStopKnown(plan.fence) && step.unfenced !== true) {
          return { kind: 'blocked', why: `${unknownText(plan, target.destination.name)}, or set unfenced` }
        }
        return { kind: 'notDone', what: `would stop ${openMirrors(plan.mirrors).length} mirrors; ${lossSentence(plan.loss)} not mirrored${deniedText(plan.denied)}` } // prettier-ignore
      },
      apply: async (options) => {
        const plan = await engine.planFailover(target, asked, options)
        if (!isStopKnown(plan.fence) && step.unfenced !== true) {
          throw new GeorepError('refused', 'GR-FENCE-NOT-PERMITTED', unknownText(plan, target.destination.name))
        }
        const by = { ...site.act(), isUnfenced: !isStopKnown(plan.fence), onProgress: site.say }
        const results = await engine.failover(target, plan, by, options)
        requireStopped(results, 'failed over')
        return `${results.length} mirrors are STOPPED; ${lossSentence(totalLoss(results.map(({ loss }) => loss)))} not mirrored`
      },
    }
  },
})

function unknownText({ fenceWhy }: FailoverPlan, destination: string): string {
  if (fenceWhy === undefined) return `cluster "${destination}" does not permit that late runners are refused: grant Alter on the cluster` // prettier-ignore
  return `it cannot be made sure that nothing is appended any more (${fenceWhy}): see to that`
}
