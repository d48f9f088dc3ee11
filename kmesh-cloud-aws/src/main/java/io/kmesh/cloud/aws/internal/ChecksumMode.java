// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

/** Which checksums go with a body. */
public enum ChecksumMode {
  /** Every body has one: CRC-32C where the caller gave none. */
  WHEN_SUPPORTED,
  /** Those that the caller gives, and what S3 demands. */
  WHEN_REQUIRED,
  /** None but what S3 demands, for servers that know none: no SHA256 and no CRC32C. */
  NONE
}
