import { GeorepError } from '../../core/errors.ts'
import { lossSentence, totalLoss } from '../../core/loss.ts'
import { isStopKnown, openMirrors } from '../../engines/engine.ts'
import { stepKind } from '../kind.ts'
import { deniedText, isStopped, isWritable, mirrorsText, quoted, topics, wantedMirrors } from '../mirrors.ts'
import { fenceFrom, howOf, promoteWith, withText } from '../source-fence.ts'
import { requireStopped } from '../stopped.ts'

/** The planned switch: fence, drain, last copy, stop. What does not come to an end in time is taken back. */
export const mirrorPromote = stepKind({
  name: 'mirror.promote',
  fields: { topics, with: promoteWith },
  timeoutMs: 300_000,
  does: (step) => `drain and promote ${mirrorsText(step.topics)}, the source fenced ${withText(step.with)}`,
  open: (step, site, { id, timeoutMs }) => {
    const { engine, target } = site
    const asked = step.topics ?? 'all'
    return {
      certainty: 'observed',
      // Either taking back or stopping, each of which the engine gives a minute.
      graceMs: 130_000,
      observe: async (options) => {
        const { mirrors, blocked } = await wantedMirrors(site, step.topics, options)
        if (blocked !== undefined) return blocked
        if (mirrors.every((one) => isStopped(one) && isWritable(site, one))) return { kind: 'done', what: `STOPPED: ${quoted(mirrors.map(({ mirrorTopic }) => mirrorTopic))}` } // prettier-ignore
        const plan = await engine.planPromote(target, asked, howOf(step.with), options)
        const fence = isStopKnown(plan.fence) ? [] : [plan.fenceWhy ?? `cluster "${target.destination.name}" does not permit that late runners are refused`] // prettier-ignore
        const blockers = [...plan.blockers, ...fence]
        if (blockers.length > 0) return { kind: 'blocked', why: blockers.join('; ') }
        return { kind: 'notDone', what: `would promote ${openMirrors(plan.mirrors).length} mirrors; ${lossSentence(plan.lag)} still to be carried${deniedText(plan.denied)}` } // prettier-ignore
      },
      apply: async (options) => {
        const plan = await engine.planPromote(target, asked, howOf(step.with), options)
        if (plan.blockers.length > 0) throw new GeorepError('refused', 'GR-PROMOTE-BLOCKED', plan.blockers.join('; '))
        const by = {
          ...site.act(),
          sourceFence: fenceFrom(step.with, site, id),
          timeoutMs,
          onProgress: site.say,
        }
        const { results, groups } = await engine.promote(target, plan, by, options)
        requireStopped(results, 'promoted')
        const loss = totalLoss(results.map((one) => one.loss))
        if (loss.kind !== 'unknown' && loss.records > 0n) {
          throw new GeorepError('failed', 'GR-WRITTEN-PAST-FENCE', `${lossSentence(loss)} were written to the source after its mirrors had ended`) // prettier-ignore
        }
        const missing = loss.kind === 'exact' ? 'no record is missing, by both ends read again' : 'whether records are missing is not known: the source was not read again' // prettier-ignore
        const active = groups.activeOnSource.length === 0 ? '' : `; still reading on the source: ${quoted(groups.activeOnSource)}` // prettier-ignore
        return `${missing}; group offsets copied: ${groups.copied.length}${active}`
      },
    }
  },
})
