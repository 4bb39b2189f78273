import { GeorepError } from '../../core/errors.ts'

/**
 * Why Kafka Connect did not do all that it was to do, with what the act had done before: a call that nobody answered has changed nothing itself, and the act has.
 *
 * @param done.next after what the error says is to be done
 */
export function withWhatIsDone(
  thrown: unknown,
  done: { readonly stateNow: string; readonly next?: string },
): unknown {
  if (!(thrown instanceof GeorepError)) return thrown
  const { kind, stateNow, next } = thrown
  const all = (...lines: readonly (string | undefined)[]): string => [...new Set(lines.flatMap((text) => text?.split('\n') ?? []))].join('\n')
  return thrown.with({
    kind: kind === 'unreachable' ? 'failed' : kind,
    stateNow: all(stateNow, done.stateNow),
    ...(done.next === undefined ? {} : { next: next === undefined ? done.next : all(next, `then ${done.next}`) }),
  })
} // prettier-ignore

/** Of what went wrong before anything was done. */
export function withNothingChanged(thrown: unknown): unknown {
  return thrown instanceof GeorepError && thrown.stateNow === undefined
    ? thrown.with({ stateNow: 'nothing was changed' })
    : thrown
}

export const sameAgain = 'run the same command again'
