import type { TestProject } from 'vitest/node'
import { installed } from '../support/installed.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** georep as npm would install it, compiled from the source as it is now. */
    readonly launcher: string
  }
}

/** One installation for test files that start clusters of their own. */
export default function setup(project: TestProject): () => void {
  const { launcher, remove } = installed({ hasDist: true })
  project.provide('launcher', launcher)
  return remove
}
