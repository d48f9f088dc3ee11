// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.chunk;

import io.kmesh.spi.ProviderException;

/**
 * What is known of the file that is being read: its first chunk is probed, each 16th after it, and
 * the next one when a chunk came out larger than the one that was probed. One for each file, for
 * one thread at a time.
 */
public final class FileClass {
  private static final int EVERY = 16;

  private final FilterProbe probe;
  private Coding coding = Coding.BINARY;
  private int chunksLeft;
  private double probedRatio = Double.NaN;

  /** Knows nothing yet. */
  public FileClass(FilterProbe probe) {
    this.probe = probe;
  }

  /** How to code the next chunk of the file. */
  public Coding next(byte[] content, int offset, int length) throws ProviderException {
    if (chunksLeft == 0) {
      coding = probe.probe(content, offset, length);
      chunksLeft = EVERY;
      probedRatio = Double.NaN;
    }
    chunksLeft--;
    return coding;
  }

  /** Tells how small the chunk became; a chunk that was there before is not told. */
  public void encoded(int contentLength, int bodyLength) {
    double ratio = (double) bodyLength / Math.max(1, contentLength);
    if (Double.isNaN(probedRatio)) {
      probedRatio = ratio;
    } else if (ratio > 1.15 * probedRatio) {
      chunksLeft = 0;
    }
  }
}
