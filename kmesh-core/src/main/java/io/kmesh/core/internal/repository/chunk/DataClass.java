// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.chunk;

/** What content is like, as far as coding cares. */
public enum DataClass {
  /** Compressed or encrypted already, or noise. */
  INCOMPRESSIBLE,
  /** Numbers of one width, which the filter helps. */
  NUMERIC,
  /** Text in an encoding of bytes. */
  TEXT,
  /** Anything else. */
  BINARY,
  /** Many small files in one frame. */
  SMALL_FILES,
  /** Pages of trees and other metadata. */
  METADATA
}
