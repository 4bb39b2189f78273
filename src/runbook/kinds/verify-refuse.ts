import { textFromDurationMs } from '../../core/duration.ts'
import { BrokerError } from '../../kafka/error-codes.ts'
import { logEnds } from '../../kafka/offsets.ts'
import { partitionKey } from '../../kafka/topic-partition.ts'
import { goneBack, goneBackText } from '../gone-back.ts'
import { durationMs, nothing, stepKind } from '../kind.ts'
import { mirrorsText, partitionsOf, quoted, topics, wantedMirrors } from '../mirrors.ts'

const defaultMs = 2_000

/**
 * That the old source takes no writes: every broker denies them, and its logs stand still for a while. Nothing is written to find out: where the fence
 * does not hold, that would be a record on the wrong side. Old sources of topics that have gone the way back are left out: georep writes to them.
 */
export const verifyRefuse = stepKind({
  name: 'verify.refuse',
  fields: {
    topics,
    /** How long the logs are watched. */
    for: durationMs.optional(),
  },
  timeoutMs: (step) => (step.for ?? defaultMs) + 30_000,
  does: (step) => `check that the source refuses writes of ${mirrorsText(step.topics)}`,
  open: (step, site) => ({
    certainty: 'check',
    observe: async (options) => {
      const { engine, target, time } = site
      const { mirrors: wanted, blocked } = await wantedMirrors(site, step.topics, options)
      if (blocked !== undefined) return blocked
      const fences = target.state.fences(target.link.name)
      const free = wanted.filter((one) => fences.every(({ sourceTopic }) => sourceTopic !== one.sourceTopic))
      const gone = await goneBack(site, free, options)
      const mirrors = wanted.filter(({ mirrorTopic }) => !gone.has(mirrorTopic))
      if (gone.size > 0 && (step.topics !== undefined || mirrors.length === 0)) return { kind: 'blocked', why: `the old source is a mirror by now, or written to again, and takes what its runner, or its clients, write: ${goneBackText(gone)}` } // prettier-ignore
      const names = mirrors.map(({ sourceTopic }) => sourceTopic)
      const byAcl = names.filter((name) => fences.some((one) => one.sourceTopic === name && one.fence.how === 'acl'))
      const fenced = byAcl.length === 0 ? [] : (await engine.planFence(target, byAcl, 'acl', options)).fenced
      const hooked = fences.filter(({ sourceTopic, fence }) => names.includes(sourceTopic) && fence.how === 'hook')
      const byHook = hooked.filter(({ fence }) => fence.how === 'hook' && fence.isDone).map(({ sourceTopic }) => sourceTopic) // prettier-ignore
      const open = names.filter((name) => !fenced.includes(name) && !byHook.includes(name))
      const begun = hooked.map(({ sourceTopic }) => sourceTopic).filter((name) => open.includes(name))
      if (begun.length > 0) return { kind: 'blocked', why: `the command that is to fence ${quoted(begun)} has not ended well` } // prettier-ignore
      if (open.length > 0) return { kind: 'blocked', why: `not fenced: ${quoted(open)}` }
      const partitions = partitionsOf(mirrors, 'sourceTopic')
      const before = await logEnds(target.source, partitions, options)
      await time.wait(step.for ?? defaultMs, options.signal)
      const after = await logEnds(target.source, partitions, options)
      for (const at of partitions) {
        const [one, other] = [before.get(partitionKey(at)), after.get(partitionKey(at))]
        if (one === undefined || other === undefined) return { kind: 'unknown', why: `${partitionKey(at)} has no answer` } // prettier-ignore
        if (one instanceof BrokerError) return { kind: 'unknown', why: one.message }
        if (other instanceof BrokerError) return { kind: 'unknown', why: other.message }
        if (one.offset !== other.offset) return { kind: 'blocked', why: `${partitionKey(at)} has grown from ${one.offset.toString()} to ${other.offset.toString()}` } // prettier-ignore
      }
      const how = byHook.length === 0 ? 'every broker denies writes' : `${byHook.length} topics are fenced by a command, whose word it is` // prettier-ignore
      return { kind: 'done', what: `${how}; no log has grown in ${textFromDurationMs(step.for ?? defaultMs)}` }
    },
    apply: nothing,
  }),
})
