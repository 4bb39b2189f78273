import { z } from 'zod'
import { GeorepError } from '../../core/errors.ts'
import { type Loss, totalLoss } from '../../core/loss.ts'
import { openMirrors } from '../../engines/engine.ts'
import { stepKind } from '../kind.ts'
import { isStopped, mirrorsText, quoted, topics, wantedMirrors } from '../mirrors.ts'
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
        if (mirrors.every(isStopped)) return { kind: 'done', what: `STOPPED: ${quoted(mirrors.map(({ mirrorTopic }) => mirrorTopic))}` } // prettier-ignore
        const plan = await engine.planFailover(target, asked, options)
        if (plan.fence !== 'permitted' && step.unfenced !== true) {
          return { kind: 'blocked', why: `cluster "${target.destination.name}" does not permit that late runners are refused: grant Alter on the cluster, or set unfenced` } // prettier-ignore
        }
        return { kind: 'notDone', what: `would stop ${openMirrors(plan.mirrors).length} mirrors; ${lossText(plan.loss)} not mirrored` } // prettier-ignore
      },
      apply: async (options) => {
        const plan = await engine.planFailover(target, asked, options)
        if (plan.fence !== 'permitted' && step.unfenced !== true) {
          throw new GeorepError('refused', 'GR-FENCE-NOT-PERMITTED', `cluster "${target.destination.name}" does not permit the fence`) // prettier-ignore
        }
        const by = { ...site.act(), isUnfenced: plan.fence !== 'permitted', onProgress: site.say }
        const results = await engine.failover(target, plan, by, options)
        requireStopped(results, 'failed over')
        return `${results.length} mirrors are STOPPED; ${lossText(totalLoss(results.map(({ loss }) => loss)))} not mirrored`
      },
    }
  },
})

function lossText(loss: Loss): string {
  if (loss.kind === 'unknown') return 'an unknown number of records is'
  return `${loss.kind === 'atLeast' ? 'at least ' : ''}${loss.records.toString()} records are`
}
