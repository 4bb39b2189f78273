import type { FailoverResult, ReplicationEngine } from '../engines/engine.ts'
import type { Incident } from './response.ts'

export interface EngineWatch {
  /** The engine for steps: it does what it did, and is watched. */
  readonly engine: ReplicationEngine
  /** Monotonic milliseconds: since when the mirror of that topic is open for writes; undefined when it is not. */
  readonly openedAt: (topic: string) => number | undefined
  /** One a mirror: what opened it, or the last that came of it. */
  readonly results: () => readonly FailoverResult[]
}

/**
 * Tells a drill what steps do to its mirrors: when a record of the source may arrive for the last time, when a mirror is open, and with what loss. In a
 * planned drill the canary's clients stop when producers have to: before the source is fenced, or its mirrors are drained.
 */
export function watchEngine(
  { site, onFencing, stopClients }: Pick<Incident, 'site' | 'onFencing' | 'stopClients'>,
  { isPlanned }: { readonly isPlanned: boolean },
): EngineWatch {
  const { engine, time } = site
  const opened = new Map<string, number>()
  const results = new Map<string, FailoverResult>()
  let stopped: Promise<void> | undefined
  const take = (found: readonly FailoverResult[]): void => {
    const now = time.monotonic()
    for (const result of found) {
      if (opened.has(result.topic)) continue
      results.set(result.topic, result)
      if (result.outcome.kind === 'applied' || result.outcome.kind === 'unchanged') opened.set(result.topic, now)
    }
  }
  const stop = async (options: { readonly signal: AbortSignal }): Promise<void> => {
    if (!isPlanned) return
    if (stopped === undefined) {
      onFencing()
      stopped = stopClients(options)
    }
    await stopped
  }
  return {
    openedAt: (topic) => opened.get(topic),
    results: () => [...results.values()],
    engine: {
      ...engine,
      fence: async (target, topics, by, options) => {
        await stop(options)
        return await engine.fence(target, topics, by, options)
      },
      promote: async (target, plan, by, options) => {
        await stop(options)
        const report = await engine.promote(target, plan, by, options)
        take(report.results)
        return report
      },
      failover: async (target, plan, by, options) => {
        const onProgress: typeof by.onProgress = (text, stage) => {
          if (stage === 'fencing') onFencing()
          by.onProgress(text, stage)
        }
        const found = await engine.failover(target, plan, { ...by, onProgress }, options)
        take(found)
        return found
      },
    },
  }
}
