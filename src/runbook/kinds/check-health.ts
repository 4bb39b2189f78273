import { z } from 'zod'
import { nothing, stepKind } from '../kind.ts'
import { quoted } from '../mirrors.ts'
import { runnerUnknownText, whySourceSilent } from '../../engines/engine.ts'

const linkStates = ['ACTIVE', 'PAUSED', 'NO_RUNNER', 'SOURCE_UNAVAILABLE', 'DEGRADED', 'FAILED'] as const

/** That the link is in one of these states. */
export const checkHealth = stepKind({
  name: 'check.health',
  fields: { states: z.array(z.enum(linkStates)).min(1) },
  timeoutMs: 30_000,
  does: ({ states }) => `check that the link is ${states.join(' or ')}`,
  open: ({ states }, site) => ({
    certainty: 'check',
    observe: async (options) => {
      const view = await site.engine.observe(site.target, options)
      const { state, mirrors, runner, runnerUnknown } = view
      if (state === undefined) {
        const { name } = site.target.link
        return { kind: 'unknown', why: runnerUnknown === undefined ? 'the state of the link is not known' : runnerUnknownText(name, runnerUnknown) } // prettier-ignore
      }
      const failed = mirrors.flatMap(({ record, state: one }) => (one.state === 'FAILED' ? [record.mirrorTopic] : []))
      const facts = [
        `the link is ${state}`,
        whySourceSilent(view) ?? 'its source answers',
        ...(site.engine.capabilities.needsRunner
          ? [runner === undefined ? 'no runner' : `runner on ${runner.host}`]
          : []),
        ...(failed.length === 0 ? [] : [`FAILED: ${quoted(failed)}`]),
      ].join(', ')
      return states.includes(state) ? { kind: 'done', what: facts } : { kind: 'blocked', why: facts }
    },
    apply: nothing,
  }),
})
