/**
 * Lets algorithms pass that are refused for being weak, by name: for an old private authority that cannot be replaced today. What is signed so can be forged by
 * somebody with enough means; MD5 is not on the list, since anybody can.
 */
export const dangerouslyAllowWeakAlgorithms: unique symbol = Symbol('dangerouslyAllowWeakAlgorithms')

/** `'RSA-1024'` is RSA from 1024 to 2047 bits. DSA signatures over SHA-1 need both names. */
export const WEAKNESSES = ['DSA', 'SHA-1', 'RSA-1024'] as const

export type Weakness = (typeof WEAKNESSES)[number]

export const NO_WEAKNESS: ReadonlySet<Weakness> = new Set()

/** For what is not a question of trust, such as telling a self-signed certificate from another. */
export const EVERY_WEAKNESS: ReadonlySet<Weakness> = new Set(WEAKNESSES)
