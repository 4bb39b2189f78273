import type { Command } from 'commander'
import type { Perform } from '../wiring.ts'
import { addMirrorChange } from './change-verb.ts'

export function addMirrorResume(noun: Command, perform: Perform): void {
  addMirrorChange(noun, perform, {
    name: 'resume',
    summary: 'go on with paused mirrors',
    description:
      'Has the runner go on with these mirrors where they stopped. What they hold is compared with the source first.',
    load: async () => (await import('./resume-run.ts')).runMirrorResume,
  })
}
