import * as core from '@clientcert/core'
import * as headers from '@clientcert/core/headers'
import * as x509 from '@clientcert/core/x509'
import * as express from '@clientcert/express'
import * as fastify from '@clientcert/fastify'
import * as https from '@clientcert/https'
import * as testing from '@clientcert/testing'

for (const namespace of [core, headers, x509, express, fastify, https, testing])
  console.log(Object.keys(namespace).join(' '))
