// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import com.sun.jna.Native;
import io.kmesh.lustre.Extent;
import io.kmesh.lustre.FileAdvice;
import io.kmesh.lustre.FileHeat;
import io.kmesh.lustre.LeaseMode;
import io.kmesh.lustre.PccState;
import io.kmesh.lustre.jna.internal.Handles;
import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.lustre.jna.internal.wire.Abi;
import io.kmesh.lustre.jna.internal.wire.AbiConstants;
import io.kmesh.spi.lustre.LustreOpenFiles;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;

/** Locks, leases and advice on open files, by liblustreapi. Thread-safe. */
final class JnaOpenFiles implements LustreOpenFiles {
  private final LustreMount mount;

  JnaOpenFiles(LustreMount mount) {
    this.mount = mount;
  }

  // ---- locks and leases

  @Override
  public GroupLock lockGroup(PosixFile file, int group) throws IOException {
    String action = "take the group lock " + group + " on";
    mount.library().require(GroupLockCalls.class, action, file);
    if (group == 0) {
      throw LustreFailures.of(action, file, Linux.EINVAL, "0 is no group", "Pass another number.");
    }
    call(file, action, fd -> GroupLockCalls.llapi_group_lock(fd, group));
    AtomicBoolean isOver = new AtomicBoolean();
    return () -> {
      if (!isOver.getAndSet(true)) {
        call(file, "give up the group lock on", fd -> GroupLockCalls.llapi_group_unlock(fd, group));
      }
    };
  }

  @Override
  public Lease lease(PosixFile file, LeaseMode mode) throws IOException {
    String action = "lease";
    mount.library().require(LeaseCalls.class, action, file);
    int wanted =
        switch (mode) {
          case READ -> AbiConstants.LL_LEASE_RDLCK;
          case WRITE -> AbiConstants.LL_LEASE_WRLCK;
        };
    call(file, action, fd -> LeaseCalls.llapi_lease_acquire(fd, wanted));
    return new HeldLease(file, wanted);
  }

  /** A lease that was taken. */
  private static final class HeldLease implements Lease {
    private final PosixFile file;
    private final int mode;
    private final AtomicBoolean isOver = new AtomicBoolean();

    HeldLease(PosixFile file, int mode) {
      this.file = file;
      this.mode = mode;
    }

    @Override
    public boolean isHeld() throws IOException {
      return !isOver.get() && call(file, "ask the lease of", LeaseCalls::llapi_lease_check) == mode;
    }

    @Override
    public void close() throws IOException {
      if (!isOver.getAndSet(true)) {
        call(file, "give up the lease of", LeaseCalls::llapi_lease_release);
      }
    }
  }

  // ---- advice and what is known of a file's use

  @Override
  public void advise(PosixFile file, FileAdvice advice, Extent range) throws IOException {
    String action = "advise " + advice + " on";
    mount.library().require(AdviceCalls.class, action, file);
    long end = range.isToEnd() ? -1 : range.offset() + range.length();
    int code =
        switch (advice) {
          case WILL_READ -> AbiConstants.LU_LADVISE_WILLREAD;
          case DONT_NEED -> AbiConstants.LU_LADVISE_DONTNEED;
        };
    try (NativeBuffer buffer = NativeBuffer.take()) {
      ByteBuffer memory = buffer.bytes();
      clear(memory, Abi.LlapiLuLadvise.SIZE);
      memory.putShort(Abi.LlapiLuLadvise.LLA_ADVICE, (short) code);
      memory.putLong(Abi.LlapiLuLadvise.LLA_START, range.offset());
      memory.putLong(Abi.LlapiLuLadvise.LLA_END, end);
      call(
          file,
          action,
          fd ->
              AdviceCalls.llapi_ladvise(fd, 0, 1, buffer.address()) < 0
                  ? -Native.getLastError()
                  : 0);
    }
  }

  @Override
  public FileHeat heat(PosixFile file) throws IOException {
    String action = "read the heat of";
    mount.library().require(HeatCalls.class, action, file);
    try (NativeBuffer buffer = NativeBuffer.take()) {
      ByteBuffer memory = buffer.bytes();
      int size = Abi.LuHeat.LH_HEAT + 8 * AbiConstants.OBD_HEAT_COUNT;
      clear(memory, size);
      memory.putInt(Abi.LuHeat.LH_COUNT, AbiConstants.OBD_HEAT_COUNT);
      call(file, action, fd -> HeatCalls.llapi_heat_get(fd, buffer.address()));
      boolean isOff = (memory.getInt(Abi.LuHeat.LH_FLAGS) & AbiConstants.LU_HEAT_FLAG_OFF) != 0;
      return new FileHeat(
          !isOff,
          memory.getLong(Abi.LuHeat.LH_HEAT + 8 * AbiConstants.OBD_HEAT_READSAMPLE),
          memory.getLong(Abi.LuHeat.LH_HEAT + 8 * AbiConstants.OBD_HEAT_WRITESAMPLE),
          memory.getLong(Abi.LuHeat.LH_HEAT + 8 * AbiConstants.OBD_HEAT_READBYTE),
          memory.getLong(Abi.LuHeat.LH_HEAT + 8 * AbiConstants.OBD_HEAT_WRITEBYTE));
    }
  }

  @Override
  public PccState pccState(PosixFile file) throws IOException {
    String action = "read the PCC state of";
    mount.library().require(PccCalls.class, action, file);
    try (NativeBuffer buffer = NativeBuffer.take()) {
      ByteBuffer memory = buffer.bytes();
      clear(memory, Abi.LuPccState.SIZE);
      call(file, action, fd -> PccCalls.llapi_pcc_state_get_fd(fd, buffer.address()));
      PccState.Kind kind =
          switch (memory.getInt(Abi.LuPccState.PCCS_TYPE) & AbiConstants.LU_PCC_TYPE_MASK) {
            case AbiConstants.LU_PCC_READWRITE -> PccState.Kind.READ_WRITE;
            case AbiConstants.LU_PCC_READONLY -> PccState.Kind.READ_ONLY;
            default -> PccState.Kind.NONE;
          };
      return new PccState(
          kind,
          memory.getInt(Abi.LuPccState.PCCS_OPEN_COUNT),
          memory.getInt(Abi.LuPccState.PCCS_FLAGS),
          CText.read(buffer, Abi.LuPccState.PCCS_PATH, Abi.LuPccState.PCCS_PATH_BYTES).toString());
    }
  }

  private static void clear(ByteBuffer memory, int size) {
    for (int i = 0; i < size; i += 8) {
      memory.putLong(i, 0);
    }
  }

  private static int call(PosixFile file, String action, Handles.NativeCall call)
      throws IOException {
    return LustreMount.check(Handles.call(file, action, call), action, file);
  }
}
