// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import com.sun.jna.Pointer;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmActionKind;
import io.kmesh.lustre.jna.internal.Handles;
import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.lustre.jna.internal.wire.AbiConstants;
import io.kmesh.lustre.jna.internal.wire.ActionList;
import io.kmesh.lustre.jna.internal.wire.ActionListCodec;
import io.kmesh.lustre.jna.internal.wire.HsmStructs;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.ActionItem;
import io.kmesh.spi.lustre.CopytoolSession;
import io.kmesh.spi.lustre.RunningAction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A registered copytool by liblustreapi. Each call holds the session while it uses the library's
 * handle; closing waits for them, so that no handle is used after it was freed.
 */
final class JnaCopytoolSession implements CopytoolSession {
  private static final Logger LOG = LoggerFactory.getLogger(JnaCopytoolSession.class);

  private static final int EPROTO = 71;
  private static final int ESHUTDOWN = 108;
  private static final int LIST_AT = 0;
  private static final int SIZE_AT = 8;
  private static final int UNKNOWN_MDT = -1;

  private final LustreMount mount;
  private final JnaIdentity identity;
  private final WakeUp wakeUp;
  private final CopytoolLock lock;
  private final ReadWriteLock life = new ReentrantReadWriteLock();
  private final Object receiving = new Object();
  private final Set<JnaRunningAction> begun = ConcurrentHashMap.newKeySet();
  private long handle; // guarded by life; 0 when closed
  private volatile boolean isClosing;

  JnaCopytoolSession(
      LustreMount mount, JnaIdentity identity, long handle, WakeUp wakeUp, CopytoolLock lock) {
    this.mount = mount;
    this.identity = identity;
    this.handle = handle;
    this.wakeUp = wakeUp;
    this.lock = lock;
  }

  /** Something that is done with the library's handle. */
  interface Use<T> {
    T with(long handle) throws IOException;
  }

  /** Uses the handle, which is not freed meanwhile. */
  <T> T use(String action, Object object, Use<T> use) throws IOException {
    Lock reading = life.readLock();
    reading.lock();
    try {
      if (isClosing || handle == 0) {
        throw LustreFailures.of(
            action, object, ESHUTDOWN, "the copytool was closed", "Register again.");
      }
      return use.with(handle);
    } finally {
      reading.unlock();
    }
  }

  // ---- receiving

  @Override
  public List<ActionItem> receive(Duration timeout) throws IOException {
    String action = "receive actions from";
    synchronized (receiving) {
      return use(
          action,
          mount,
          open -> {
            int fd = CopytoolCalls.llapi_hsm_copytool_get_fd(open);
            LustreMount.check(fd, action, mount);
            List<ActionItem> items = take(open, action);
            wakeUp.begin(timeout);
            // Lists of archives that this copytool does not serve wake it; the library skips them.
            while (items.isEmpty() && wakeUp.await(fd) && !isClosing) {
              items = take(open, action);
            }
            return items;
          });
    }
  }

  /** What is in the pipe now. */
  private List<ActionItem> take(long open, String action) throws IOException {
    byte[] list;
    try (NativeBuffer buffer = NativeBuffer.take()) {
      buffer.bytes().putLong(LIST_AT, 0).putInt(SIZE_AT, 0);
      int r;
      do {
        r =
            CopytoolCalls.llapi_hsm_copytool_recv(
                open, buffer.address() + LIST_AT, buffer.address() + SIZE_AT);
      } while (r == -Linux.EINTR);
      if (r == -Linux.EAGAIN) {
        return List.of();
      }
      long address = buffer.bytes().getLong(LIST_AT);
      int size = buffer.bytes().getInt(SIZE_AT);
      // After the end of its pipe the library answers with what errno happened to be.
      if (r == -EPROTO || (r >= 0 && (address == 0 || size <= 0))) {
        throw LustreFailures.of(
            action, mount, ESHUTDOWN, "the kernel closed its pipe (inferred)", "Register again.");
      }
      LustreMount.check(r, action, mount);
      if (size > AbiConstants.HAL_MAXSIZE) {
        throw LustreFailures.of(
            action, mount, EPROTO, "a list of " + size + " bytes is too large", "Register again.");
      }
      // The library's buffer is used again by the next call.
      list = new Pointer(address).getByteArray(0, size);
    }
    return items(ActionListCodec.decode(ByteBuffer.wrap(list)));
  }

  private List<ActionItem> items(ActionList list) {
    List<ActionItem> found = new ArrayList<>(list.items().size());
    for (ActionList.Item item : list.items()) {
      Optional<ActionItem> known = item.toActionItem(list, mdtOf(item.fid()));
      if (known.isPresent()) {
        found.add(known.get());
      } else {
        refuse(item);
      }
    }
    return found;
  }

  private int mdtOf(Fid fid) {
    try {
      return identity.mdt(fid);
    } catch (IOException e) {
      LOG.debug("The MDT of {} can't be told: {}", fid, e.getMessage());
      return UNKNOWN_MDT;
    }
  }

  /** An action of a newer release: its coordinator hears that it can't be done. */
  private void refuse(ActionList.Item item) {
    try {
      tell(
          "refuse",
          item,
          item.fid(),
          item.cookie(),
          Extent.WHOLE_FILE,
          AbiConstants.HP_FLAG_COMPLETED,
          Errno.ENOSYS.code());
      LOG.warn("Refused {}: this build does not know the action.", item);
    } catch (IOException e) {
      LOG.warn("Could not refuse {}, which this build does not know.", item, e);
    }
  }

  @Override
  public void wakeUp() {
    Lock reading = life.readLock();
    reading.lock();
    try {
      if (handle != 0) {
        wakeUp.wake();
      }
    } finally {
      reading.unlock();
    }
  }

  // ---- actions

  @Override
  public RunningAction begin(ActionItem item) throws IOException {
    String action = "begin";
    if (item.action() == HsmActionKind.CANCEL || item.action() == HsmActionKind.RELEASE) {
      throw LustreFailures.of(
          action,
          item,
          Linux.EINVAL,
          "such an item is not begun",
          "End the action of its cookie with ECANCELED.");
    }
    return use(
        action,
        item,
        open -> {
          JnaRunningAction running = JnaRunningAction.begin(this, open, item);
          begun.add(running);
          return running;
        });
  }

  /** Forgets an action that has ended. */
  void ended(JnaRunningAction action) {
    begun.remove(action);
  }

  @Override
  public void keepAlive(ActionItem item) throws IOException {
    String action = "keep alive";
    use(
        action,
        item,
        open -> tell(action, item, item.fid(), item.cookie(), new Extent(0, 0), 0, 0));
  }

  @Override
  public void fail(ActionItem item, Errno errno, @Nullable Retry retry) throws IOException {
    String action = "fail";
    if (errno.code() <= 0) {
      // A success of a restore without a volatile file hangs a thread of the MDT.
      throw LustreFailures.of(
          action, item, Linux.EINVAL, "an errno of 0 is no failure", "Pass the reason.");
    }
    int flags = AbiConstants.HP_FLAG_COMPLETED | (retry == null ? 0 : AbiConstants.HP_FLAG_RETRY);
    use(
        action,
        item,
        open -> tell(action, item, item.fid(), item.cookie(), item.extent(), flags, errno.code()));
  }

  /** Tells the coordinator of an action that needs no handle of the library. */
  private int tell(
      String action, Object item, Fid fid, long cookie, Extent extent, int flags, int errno)
      throws IOException {
    try (NativeBuffer buffer = NativeBuffer.take()) {
      buffer.bytes().put(0, HsmStructs.progress(fid, cookie, extent, flags, errno));
      int r =
          Handles.call(
              mount.root(),
              action,
              fd -> Ioctls.call(fd, AbiConstants.LL_IOC_HSM_PROGRESS, buffer.address()));
      if (r < 0) {
        throw unanswered(action, item, r);
      }
      return r;
    }
  }

  /** What a coordinator means that does not take what it is told about an action. */
  static IOException unanswered(String action, Object item, int r) {
    return switch (-r) {
      case Linux.ENOENT ->
          LustreFailures.of(
              action,
              item,
              r,
              "the coordinator does not know it (any more), or the file is gone",
              "Forget it; what still needs it asks again.");
      case Linux.EBUSY ->
          LustreFailures.of(
              action,
              item,
              r,
              "the file was changed while it was archived",
              "Archive it again when nobody writes to it.");
      default -> LustreFailures.of(action, item, r);
    };
  }

  // ---- end

  @Override
  public void close() throws IOException {
    isClosing = true;
    wakeUp();
    Lock writing = life.writeLock();
    writing.lock();
    try {
      if (handle == 0) {
        return;
      }
      // Their handles point into the session's.
      for (JnaRunningAction action : begun) {
        action.abandon();
      }
      begun.clear();
      int r;
      try (NativeBuffer buffer = NativeBuffer.take()) {
        buffer.bytes().putLong(0, handle);
        r = CopytoolCalls.llapi_hsm_copytool_unregister(buffer.address());
        handle = 0;
      }
      wakeUp.close();
      lock.close();
      // Whatever it says, the handle is freed; servers that are away forget the agent themselves.
      if (r < 0) {
        LOG.debug("Unregistering the copytool of {} said {}.", mount, Errno.of(r));
      }
    } finally {
      writing.unlock();
    }
  }
}
