// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import com.sun.jna.Pointer;
import io.kmesh.lustre.ChangelogRecord;
import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.lustre.jna.internal.wire.AbiConstants;
import io.kmesh.lustre.jna.internal.wire.ChangelogDecoder;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.ChangelogCursor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads an MDT's changelog by liblustreapi, a call for each record: slower than {@link
 * DeviceCursor}, and right also for records of a newer release, from which the library leaves out
 * what it was not asked for.
 */
final class LibraryCursor implements ChangelogCursor {
  private static final int HANDLE_AT = 0;
  private static final int RECORD_AT = 8;
  private static final int NAME_AT = 64;
  private static final int AT_END = 1;

  private final PathBytes name;
  private final ChangelogDecoder decoder;
  private final NativeBuffer buffer = NativeBuffer.take();
  private long next;
  private boolean isOpen;
  private boolean isClosed;

  private LibraryCursor(int mdt, PathBytes name, long fromIndex) {
    this.name = name;
    this.decoder = new ChangelogDecoder(mdt);
    this.next = Math.max(0, fromIndex);
  }

  static LibraryCursor open(LustreMount mount, int mdt, String name, long fromIndex)
      throws IOException {
    mount.library().require(ChangelogReadCalls.class, "read the changelog of", name);
    LibraryCursor cursor = new LibraryCursor(mdt, PathBytes.of(name), fromIndex);
    try {
      cursor.start();
    } catch (IOException | RuntimeException | Error e) {
      cursor.close();
      throw e;
    }
    return cursor;
  }

  private void start() throws IOException {
    buffer.bytes().putLong(HANDLE_AT, 0);
    LustreMount.check(
        ChangelogReadCalls.llapi_changelog_start(
            buffer.address() + HANDLE_AT,
            AbiConstants.CHANGELOG_FLAG_JOBID | AbiConstants.CHANGELOG_FLAG_EXTRA_FLAGS,
            CText.write(buffer, NAME_AT, name),
            next),
        "read the changelog of",
        name);
    isOpen = true;
    int asked =
        AbiConstants.CHANGELOG_EXTRA_FLAG_UIDGID
            | AbiConstants.CHANGELOG_EXTRA_FLAG_NID
            | AbiConstants.CHANGELOG_EXTRA_FLAG_OMODE
            | AbiConstants.CHANGELOG_EXTRA_FLAG_XATTR;
    int r = ChangelogReadCalls.llapi_changelog_set_xflags(buffer.bytes().getLong(HANDLE_AT), asked);
    if (r < 0) {
      finish();
      throw LustreFailures.of("ask for all of the changelog of", name, r);
    }
  }

  @Override
  public List<ChangelogRecord> next(int limit) throws IOException {
    if (isClosed) {
      throw LustreFailures.of(
          "read the changelog of", name, Linux.EBADF, "the cursor is closed", "Open another.");
    }
    if (!isOpen) {
      start(); // the library looks behind the end only when it is opened anew
    }
    List<ChangelogRecord> found = new ArrayList<>(Math.min(limit, 1024));
    while (found.size() < limit) {
      buffer.bytes().putLong(RECORD_AT, 0);
      int r =
          ChangelogReadCalls.llapi_changelog_recv(
              buffer.bytes().getLong(HANDLE_AT), buffer.address() + RECORD_AT);
      if (r == AT_END) {
        finish();
        return found;
      }
      if (r == -Linux.EINTR) {
        continue;
      }
      LustreMount.check(r, "read the changelog of", name);
      ChangelogRecord record = take();
      if (record.index() >= next) {
        next = record.index() + 1;
        found.add(record);
      }
    }
    return found;
  }

  /** The record that was received; its memory is the library's and is freed. */
  private ChangelogRecord take() throws IOException {
    long address = buffer.bytes().getLong(RECORD_AT);
    if (address == 0) {
      throw LustreFailures.of(
          "read the changelog of", name, 12, "the library has no memory left", "Try again.");
    }
    byte[] bytes = new Pointer(address).getByteArray(0, (int) AbiConstants.CR_MAXSIZE);
    ChangelogReadCalls.llapi_changelog_free(buffer.address() + RECORD_AT);
    return decoder.only(ByteBuffer.wrap(bytes));
  }

  private void finish() {
    if (isOpen) {
      ChangelogReadCalls.llapi_changelog_fini(buffer.address() + HANDLE_AT);
      isOpen = false;
    }
  }

  @Override
  public void close() {
    if (!isClosed) {
      isClosed = true;
      finish();
      buffer.close();
    }
  }

  @Override
  public String toString() {
    return name + " from " + next;
  }
}
