// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.jna.internal.Handles;
import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.lustre.jna.internal.Scratch;
import io.kmesh.lustre.jna.internal.wire.Abi;
import io.kmesh.lustre.jna.internal.wire.AbiConstants;
import io.kmesh.lustre.jna.internal.wire.ActionListCodec;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.RunningAction;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** An action that the library has begun. */
final class JnaRunningAction implements RunningAction {
  private static final int ITEM_AT = 64;
  private static final int MOST_PAYLOAD = 60 << 10;

  private final JnaCopytoolSession session;
  private final ActionItem item;
  private final @Nullable PosixFile data;
  private final Fid dataFid;
  private final long dataVersion;
  private final Object monitor = new Object();
  private long handle; // guarded by monitor; 0 when ended

  private JnaRunningAction(
      JnaCopytoolSession session,
      ActionItem item,
      long handle,
      @Nullable PosixFile data,
      Fid dataFid,
      long dataVersion) {
    this.session = session;
    this.item = item;
    this.handle = handle;
    this.data = data;
    this.dataFid = dataFid;
    this.dataVersion = dataVersion;
  }

  /** Begins an item with the session's handle. */
  static JnaRunningAction begin(JnaCopytoolSession session, long copytool, ActionItem item)
      throws IOException {
    long handle = beginNative(copytool, item);
    PosixFile data = null;
    try {
      if (item.action() == HsmActionKind.REMOVE) {
        return new JnaRunningAction(session, item, handle, null, item.fid(), 0);
      }
      int fd =
          LustreMount.check(
              CopytoolCalls.llapi_hsm_action_get_fd(handle), "open the data of", item);
      data = Handles.adopt(fd, item.action() + " of " + item.fid());
      // The coordinator takes requests for directories and FIFOs too.
      if (data.stat().type() != FileType.REGULAR) {
        throw LustreFailures.of(
            "begin", item, Linux.EINVAL, "it is not a regular file", "Fail it with EINVAL.");
      }
      Scratch scratch = Scratch.ofThread();
      LustreMount.check(
          CopytoolCalls.llapi_hsm_action_get_dfid(handle, scratch.out()), "tell the data of", item);
      Fid dataFid = scratch.outFid();
      long version = 0;
      if (item.action() == HsmActionKind.ARCHIVE) {
        LustreMount.check(
            HsmCalls.llapi_get_data_version(fd, scratch.out(), AbiConstants.LL_DV_RD_FLUSH),
            "read the data version of",
            item);
        version = scratch.outLong(0);
      }
      return new JnaRunningAction(session, item, handle, data, dataFid, version);
    } catch (IOException | RuntimeException | Error e) {
      ActionHandle.abandon(handle);
      if (data != null) {
        data.close();
      }
      throw e;
    }
  }

  private static long beginNative(long copytool, ActionItem item) throws IOException {
    if (item.payload().length > MOST_PAYLOAD) {
      throw LustreFailures.of(
          "begin", item, Errno.E2BIG.code(), "its payload is too large", "Fail it with E2BIG.");
    }
    try (NativeBuffer buffer = NativeBuffer.take()) {
      buffer.bytes().putLong(0, 0).put(ITEM_AT, ActionListCodec.encodeItem(item));
      int r =
          CopytoolCalls.llapi_hsm_action_begin(
              buffer.address(), copytool, buffer.address() + ITEM_AT, -1, 0, (byte) 0);
      if (r < 0) {
        throw JnaCopytoolSession.unanswered("begin", item, r);
      }
      return buffer.bytes().getLong(0);
    }
  }

  @Override
  public ActionItem item() {
    return item;
  }

  @Override
  public PosixFile data() throws IOException {
    if (data == null) {
      throw LustreFailures.of(
          "open the data of", item, Linux.EINVAL, "a remove has none", "Read none.");
    }
    return data;
  }

  @Override
  public Fid dataFid() {
    return dataFid;
  }

  @Override
  public long dataVersion() {
    return dataVersion;
  }

  @Override
  public void progress(Extent done) throws IOException {
    String action = "report the progress of";
    session.use(
        action,
        item,
        copytool -> {
          synchronized (monitor) {
            requireOpen(action);
            try (NativeBuffer buffer = NativeBuffer.take()) {
              int r =
                  CopytoolCalls.llapi_hsm_action_progress(
                      handle, write(buffer, done), done.length(), 0);
              if (r < 0) {
                throw JnaCopytoolSession.unanswered(action, item, r);
              }
              return r;
            }
          }
        });
  }

  private void requireOpen(String action) throws IOException {
    if (handle == 0) {
      throw LustreFailures.of(action, item, Linux.EBADF, "it has ended", "Begin another.");
    }
  }

  private static long write(NativeBuffer buffer, Extent extent) {
    buffer
        .bytes()
        .putLong(8 + Abi.HsmExtent.OFFSET, extent.offset())
        .putLong(8 + Abi.HsmExtent.LENGTH, extent.length());
    return buffer.address() + 8;
  }

  @Override
  public void succeed() throws IOException {
    end("end", 0, 0);
  }

  @Override
  public void fail(Errno errno, CopytoolSession.@Nullable Retry retry) throws IOException {
    if (errno.code() <= 0) {
      throw LustreFailures.of(
          "fail", item, Linux.EINVAL, "an errno of 0 is no failure", "Pass the reason.");
    }
    end("fail", retry == null ? 0 : AbiConstants.HP_FLAG_RETRY, errno.code());
  }

  private void end(String action, int flags, int errno) throws IOException {
    int result =
        session.use(
            action,
            item,
            copytool -> {
              synchronized (monitor) {
                requireOpen(action);
                try (NativeBuffer buffer = NativeBuffer.take()) {
                  buffer.bytes().putLong(0, handle);
                  long extent = write(buffer, item.extent());
                  handle = 0; // the library frees it, whatever it answers
                  return CopytoolCalls.llapi_hsm_action_end(buffer.address(), extent, flags, errno);
                }
              }
            });
    session.ended(this);
    // Not before: the coordinator takes the volatile file while it is open.
    closeData();
    if (result < 0) {
      throw JnaCopytoolSession.unanswered(action, item, result);
    }
  }

  private void closeData() throws IOException {
    if (data != null) {
      data.close();
    }
  }

  /** Frees the handle; the coordinator hears nothing. */
  void abandon() throws IOException {
    synchronized (monitor) {
      if (handle != 0) {
        ActionHandle.abandon(handle);
        handle = 0;
      }
    }
    closeData();
  }

  @Override
  public void close() throws IOException {
    abandon();
    session.ended(this);
  }
}
