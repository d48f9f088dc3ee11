// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.internal.lustre.hsm;

import io.kmesh.lustre.Fid;
import io.kmesh.spi.Errno;
import io.kmesh.spi.lustre.LustreCopytools;
import io.kmesh.spi.lustre.LustreHsm;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.testkit.internal.lustre.HsmAttributes;
import io.kmesh.testkit.internal.lustre.HsmInodes;
import io.kmesh.testkit.internal.lustre.RestoreOnAccess;
import io.kmesh.testkit.lustre.Coordinator;
import io.kmesh.testkit.lustre.CoordinatorSettings;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The HSM half of a simulated file system: its coordinators and the facets of its clients.
 * Thread-safe. Closing it ends the registrations and wakes blocked readers with ENODATA.
 */
public final class HsmSide implements RestoreOnAccess, Closeable {
  private final HsmInodes inodes;
  private final KmeshTime time;
  private final HsmCounters counters = new HsmCounters();
  private final Map<Integer, MdtCoordinator> mdts = new LinkedHashMap<>();
  private final Map<String, SimSession> sessions = new ConcurrentHashMap<>();
  private final CoordinatorAdmin admin;
  private final @Nullable CoordinatorThread thread;

  /**
   * Opens the coordinators' lists in {@link HsmInodes#coordinatorDirectory()} and starts them.
   *
   * @param inodes the file system, which must be able to answer already
   * @param defaults the tunables of a new list; one that exists has its own
   * @param seed empty to run coordinators in a thread; else they run in {@link Coordinator#step()}
   *     only, and the seed chooses where order is free
   * @throws IOException CORRUPT for a damaged list
   */
  public HsmSide(HsmInodes inodes, KmeshTime time, CoordinatorSettings defaults, OptionalLong seed)
      throws IOException {
    this.inodes = inodes;
    this.time = time;
    Random random = seed.isPresent() ? new Random(seed.getAsLong()) : null;
    CoordinatorThread runner = random == null ? new CoordinatorThread(time, counters) : null;
    this.thread = runner;
    Runnable wake = runner == null ? () -> {} : runner::wake;
    Path directory = inodes.coordinatorDirectory();
    boolean ready = false;
    try {
      for (int mdt : inodes.mdts()) {
        MdtState state = new MdtState(mdt, inodes, time, counters, wake, defaults, directory);
        MdtCoordinator coordinator = new MdtCoordinator(state, random);
        mdts.put(mdt, coordinator);
        coordinator.reports.settleAfterCrash();
      }
      ready = true;
    } finally {
      if (!ready) {
        closeLists();
      }
    }
    this.admin = new CoordinatorAdmin(mdts, counters, random, this::kill);
    if (runner != null) {
      runner.start(List.copyOf(mdts.values()));
    }
  }

  /** The administrator's view. */
  public Coordinator coordinator() {
    return admin;
  }

  /** The client's side of HSM. */
  public LustreHsm hsm() {
    return new SimHsm(inodes, this);
  }

  /**
   * The copytools of a client node.
   *
   * @param node a name of the node; one copytool can be registered on each
   */
  public LustreCopytools copytools(String node) {
    return new SimCopytools(
        this, UUID.nameUUIDFromBytes(("kmesh-sim " + node).getBytes(StandardCharsets.UTF_8)) + "");
  }

  HsmInodes inodes() {
    return inodes;
  }

  KmeshTime time() {
    return time;
  }

  List<MdtCoordinator> all() {
    return List.copyOf(mdts.values());
  }

  /** The coordinator of an MDT. */
  MdtCoordinator of(int mdt) throws IOException {
    MdtCoordinator coordinator = mdts.get(mdt);
    if (coordinator == null) {
      throw Refusals.of(
          Errno.EINVAL,
          "Cannot reach MDT"
              + mdt
              + ": EINVAL, this file system has the MDTs "
              + mdts.keySet()
              + ". Give back the item as it was received.");
    }
    return coordinator;
  }

  MdtCoordinator of(Fid fid) throws IOException {
    if (fid.isZero()) {
      throw Refusals.of(
          Errno.EINVAL, "Cannot use " + fid + ": EINVAL, it names no file. Ask for a file's FID.");
    }
    return of(inodes.mdt(fid));
  }

  // ---- registrations

  /** Takes a node's place; the session that has it, when there is one. */
  @Nullable SimSession claim(SimSession session) {
    return sessions.putIfAbsent(session.uuid(), session);
  }

  void release(SimSession session, AgentPort port) {
    for (MdtCoordinator mdt : mdts.values()) {
      mdt.control.unregister(port);
    }
    sessions.remove(session.uuid(), session);
  }

  AgentPort newPort(String uuid) {
    CoordinatorThread runner = thread;
    return new AgentPort(uuid, time, runner == null ? () -> {} : runner::wake);
  }

  private void kill(String uuid) throws IOException {
    SimSession session = sessions.get(uuid);
    if (session == null) {
      throw Refusals.of(
          Errno.ENOENT,
          "Cannot kill the copytool of client "
              + uuid
              + ": ENOENT, none is registered there. See agents().");
    }
    session.end(Errno.EPIPE);
  }

  // ---- what the file system asks

  @Override
  public void restoreAndWait(Fid fid) throws IOException {
    of(fid).requests.restoreAndWait(fid, inodes.callerUid());
  }

  @Override
  public void onLastUnlink(Fid fid, HsmAttributes attributes) throws IOException {
    of(fid).requests.lastUnlink(fid, attributes);
  }

  @Override
  public void close() throws IOException {
    CoordinatorThread runner = thread;
    if (runner != null) {
      runner.stop();
    }
    try {
      for (SimSession session : List.copyOf(sessions.values())) {
        session.end(Errno.ESHUTDOWN);
      }
    } finally {
      closeLists();
    }
    if (runner != null) {
      runner.join();
    }
  }

  private void closeLists() throws IOException {
    List<IOException> failures = new ArrayList<>();
    for (MdtCoordinator mdt : mdts.values()) {
      try {
        mdt.state.close();
      } catch (IOException e) {
        failures.add(e);
      }
    }
    if (!failures.isEmpty()) {
      throw failures.get(0);
    }
  }
}
