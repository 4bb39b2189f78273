import type { Objectives } from '../core/verdict.ts'
import type { Response } from './response.ts'
import type { DrillSettings } from './site.ts'

/**
 * What kind of exercise it was. Figures of two modes are never put together.
 * - practice: on a link of the operator's; the loss is simulated
 * - planned: on a link of the operator's; producers are told to stop, and nothing may be lost
 * - forced: on a link of the operator's, whose source is taken away by a command of theirs
 * - sandbox: on clusters that georep has started for it
 */
export type DrillMode = 'practice' | 'planned' | 'forced' | 'sandbox'

interface Cancel {
  readonly signal: AbortSignal
}

/** When a fault struck, in monotonic milliseconds: after `fromMs` and before `toMs`. */
export interface Injection {
  readonly fromMs: number
  readonly toMs: number
}

/** What takes the source away, and how it comes back. */
export interface Fault {
  readonly strike: (options: Cancel) => Promise<Injection>
  /**
   * Brings the source back; undefined when it stays away. It is called once, after what had to be measured without the source, or when the drill ends
   * early.
   */
  readonly undo?: (options: Cancel) => Promise<void>
}

/** A smaller fault before the source is lost. */
export interface EarlierFault {
  readonly strike: (options: Cancel) => Promise<void>
  /** Steady: all has to be well again before the source is lost. Else the source is lost so many milliseconds later, and nothing is waited for. */
  readonly then: 'steady' | { readonly afterMs: number }
}

/**
 * How the source is lost.
 * - region: by a fault; georep finds out by itself
 * - simulated: the canary's mirror alone loses its source, at the moment of the fence; nothing is done to the source and nothing is detected
 * - none: the source is given up as planned
 */
export type Loss =
  | { readonly kind: 'region'; readonly first: EarlierFault | undefined; readonly fault: Fault }
  | { readonly kind: 'simulated' }
  | { readonly kind: 'none' }

/** One exercise as a value: what is done to the source, what is done about it, and what is asked of the outcome. */
export interface DrillScenario {
  readonly name: string
  readonly mode: DrillMode
  readonly loss: Loss
  /** What is done from the detection of the loss until the destination serves. */
  readonly respond: Response
  readonly settings: DrillSettings
  readonly objectives: Objectives
}
