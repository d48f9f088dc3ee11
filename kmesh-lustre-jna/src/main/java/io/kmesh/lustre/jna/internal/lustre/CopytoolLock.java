// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.lustre.jna.internal.Calls;
import io.kmesh.lustre.jna.internal.Linux;
import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.lustre.jna.internal.host.HostFiles;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The right to be the copytool of a mount on this node: a lock on a file that is named by the
 * client's UUID. The kernel gives it up with the process, however that ends.
 */
final class CopytoolLock implements Closeable {
  /** The system property that names another folder for the lock files. */
  static final String DIRECTORY_PROPERTY = "kmesh.run-directory";

  private static final int UUID_BYTES = 128;
  private static final int HOLDER_BYTES = 512;

  private static final Pattern NAMED = Pattern.compile("process (\\d{1,10})\\b");

  private int fd;

  private CopytoolLock(int fd) {
    this.fd = fd;
  }

  /**
   * Takes the lock.
   *
   * @throws io.kmesh.spi.ProviderException EEXIST, naming who holds it
   */
  static CopytoolLock take(LustreMount mount) throws IOException {
    String action = "register a copytool on";
    String directory = directory();
    try {
      HostFiles.makeFolder(directory);
    } catch (IOException e) {
      throw LustreFailures.of(
          action,
          mount,
          Linux.EACCES,
          "the folder for its lock can't be made (" + e + ")",
          "Run it as root, or name another by the system property " + DIRECTORY_PROPERTY + ".");
    }
    String file = file(mount);
    try (NativeBuffer buffer = NativeBuffer.take()) {
      int flags = Linux.O_RDWR | Linux.O_CREAT | Calls.NOFOLLOW;
      int fd =
          Calls.openat(Linux.AT_FDCWD, CText.write(buffer, 0, PathBytes.of(file)), flags, 0600);
      LustreMount.check(fd, "open the lock " + file + " of", mount);
      int r = Calls.flock(fd, Linux.LOCK_EX | Linux.LOCK_NB);
      if (r < 0) {
        String holder = holder(fd, buffer);
        Calls.close(fd);
        if (r != -Linux.EAGAIN) {
          throw LustreFailures.of("lock " + file + " for", mount, r);
        }
        throw LustreFailures.of(
            action,
            mount,
            Errno.EEXIST.code(),
            "one copytool serves a mount on a node, and " + holder + " holds " + file,
            "End it first.");
      }
      writeHolder(fd, buffer);
      return new CopytoolLock(fd);
    }
  }

  private static String directory() {
    return System.getProperty(DIRECTORY_PROPERTY, "/run/kmesh");
  }

  /** The path of the file of a mount, which may not be there. */
  static String file(LustreMount mount) throws IOException {
    return directory() + "/copytool-" + client(mount) + ".lock";
  }

  /** This client's UUID, which is the agent's; the mount's path where a release can't tell it. */
  private static String client(LustreMount mount) throws IOException {
    String name = "";
    if (mount.library().has(AgentCalls.class)) {
      try (NativeBuffer buffer = NativeBuffer.take()) {
        buffer.bytes().put(0, (byte) 0);
        long path = CText.write(buffer, 4096, mount.directory());
        if (AgentCalls.llapi_get_agent_uuid(path, buffer.address(), UUID_BYTES) >= 0) {
          name = CText.read(buffer, 0, UUID_BYTES).toString();
        }
      }
    }
    if (name.isBlank()) {
      name = mount.fileSystem() + "-" + mount.directory();
    }
    // It ends in a newline on some releases.
    return name.strip().replaceAll("[^A-Za-z0-9._-]", "_");
  }

  /**
   * Who holds it, in words. Between taking the lock and writing its name a process has none there,
   * or that of one that was killed.
   */
  private static String holder(int fd, NativeBuffer buffer) {
    long n = Calls.pread(fd, buffer.address(), HOLDER_BYTES, 0);
    String text = n <= 0 ? "" : new String(buffer.copy((int) n), StandardCharsets.UTF_8).strip();
    if (text.isEmpty()) {
      return "a process that is just taking it";
    }
    Matcher named = NAMED.matcher(text);
    boolean isSeen =
        named.lookingAt() && ProcessHandle.of(Long.parseLong(named.group(1))).isPresent();
    return isSeen
        ? text
        : "a process that is just taking it (after " + text + ", which is not seen here)";
  }

  private static void writeHolder(int fd, NativeBuffer buffer) {
    ProcessHandle self = ProcessHandle.current();
    String text =
        "process "
            + self.pid()
            + self.info().command().map(command -> " (" + command + ")").orElse("")
            + "\n";
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    buffer.bytes().put(0, bytes);
    // For people only: what it could not write, the refusal does not name.
    Calls.ftruncate(fd, 0);
    Calls.pwrite(fd, buffer.address(), bytes.length, 0);
  }

  @Override
  public synchronized void close() {
    if (fd >= 0) {
      Calls.ftruncate(fd, 0); // who takes it next is not taken for this one
      Calls.close(fd);
      fd = -1;
    }
  }
}
