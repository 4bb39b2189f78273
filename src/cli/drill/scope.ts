import { wordsOfShape } from '../sandbox/options.ts'
import type { DrillOptions } from './options.ts'
import { sandboxLink } from './sandbox-link.ts'
import type { Exercise } from './scenarios.ts'

/**
 * What a drill is of, in words: runs of one scope and exercise are one history, those that came to no verdict among them.
 *
 * @param link undefined where it was not found out
 */
export function scopeOf(exercise: Exercise, link: string | undefined, options: DrillOptions): string {
  const { mode, name } = exercise
  if (mode === 'sandbox') {
    const { fault } = exercise
    const words = ['sandbox', ...(options.engine === 'mm2' ? ['mm2'] : []), ...(name === fault ? [] : [name]), fault, ...wordsOfShape(options)] // prettier-ignore
    return `${words.join(' ')}: link ${sandboxLink}, canary and topic orders`
  }
  const reach = mode === 'forced' && options.all ? 'all its mirrors and a canary' : 'a canary of its own'
  return `${mode}: link ${link ?? 'not named'}, ${reach}`
}
