// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.chunk;

/** Says where the chunks of one content end. For one content and one thread at a time. */
public interface Cutter {
  /** What {@link #cut} returns when the chunk may end behind the data at hand. */
  int MORE = -1;

  /**
   * The end of the chunk that begins at {@code from}, behind the last one, where the data at hand
   * ends at {@code to}. With {@link #most} bytes at hand, or at the content's end, there always is
   * one; with fewer the answer can be {@link #MORE}: call again with the same chunk and more data.
   * The result does not depend on how the content came in.
   *
   * @param isEnd whether the content ends at {@code to}
   * @return the index behind the chunk's last byte, or {@link #MORE}
   */
  int cut(byte[] data, int from, int to, boolean isEnd);

  /** With so many bytes at hand {@link #cut} knows. */
  int most();

  /** Whether the chunk that was cut last began something that need not be like what was before. */
  boolean isOfAnother();
}
