export type { TlsMaterialSource } from '@clientcert/core'
