import type { LockKind } from './records.ts'

/** Of a link, on its destination. Taking one over is what makes the brokers refuse its former holder. */
export const transactionalId = {
  act: (link: string) => `georep-act-${link}`,
  runner: (link: string) => `georep-runner-${link}`,
  /** Of the runner, for offsets that no consumer sees. */
  hiding: (link: string) => `georep-hide-${link}`,
} as const satisfies Record<LockKind | 'hiding', (link: string) => string>
