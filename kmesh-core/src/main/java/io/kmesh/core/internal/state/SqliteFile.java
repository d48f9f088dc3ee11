// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.state;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.Properties;
import java.util.Set;
import org.sqlite.jdbc4.JDBC4Connection;

/** The file of a state: where it is, whether it is ours, connections to it. Thread-safe. */
final class SqliteFile {
  private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADER_SIZE = 100;
  private static final int APPLICATION_ID_OFFSET = 68;

  /** Pages of 4 KiB that each connection keeps in memory: 8 MiB. */
  private static final int CACHE_KIB = 8192;

  private final Path file;

  private SqliteFile(Path file) {
    this.file = file;
  }

  /**
   * Names a state file; its directory is created when there is none.
   *
   * @throws ProviderException INVALID when the name can't be one
   */
  static SqliteFile at(Path path) throws IOException {
    Path absolute = path.toAbsolutePath().normalize();
    Path name = absolute.getFileName();
    Path parent = absolute.getParent();
    if (name == null || parent == null || Files.isDirectory(absolute)) {
      throw SqliteErrors.error(
          ErrorKind.INVALID,
          "open",
          absolute,
          "it is a directory",
          "Name a file in it, such as " + absolute.resolve("kmesh.state") + ".",
          null);
    }
    try {
      Files.createDirectories(parent);
    } catch (FileAlreadyExistsException e) {
      throw SqliteErrors.error(
          ErrorKind.INVALID,
          "open",
          absolute,
          parent + " is not a directory",
          "Choose a file in a directory.",
          e);
    }
    // One file has one name, else two names would give two locks.
    Path real = Files.exists(absolute) ? absolute.toRealPath() : parent.toRealPath().resolve(name);
    String text = real.toString();
    // SQLite's driver reads options from behind these in a plain path too.
    if (text.indexOf('?') >= 0 || text.contains("mode=memory")) {
      throw SqliteErrors.error(
          ErrorKind.INVALID,
          "open",
          real,
          "its path holds a \"?\" or \"mode=memory\", which SQLite's driver takes for options",
          "Choose a path without them.",
          null);
    }
    return new SqliteFile(real);
  }

  /** The real path. */
  Path path() {
    return file;
  }

  /** The type of the file system, as the operating system names it. */
  String fileSystemType() throws IOException {
    Path parent = file.getParent();
    return Files.getFileStore(parent == null ? file : parent).type();
  }

  /**
   * Looks at the file's header without SQLite, which would write beside a file that is not ours;
   * call it only while no connection is open (closing a descriptor drops SQLite's locks).
   *
   * @param schema what it must be
   * @return whether the file has content
   * @throws ProviderException CORRUPT when it is no SQLite file, INVALID when it belongs to another
   *     program
   */
  boolean checkHeader(StateSchema schema) throws IOException {
    if (!Files.exists(file)) {
      create();
      return false;
    }
    ByteBuffer header = ByteBuffer.allocate(HEADER_SIZE);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      while (header.hasRemaining() && channel.read(header) >= 0) {}
    }
    if (header.position() == 0) {
      return false;
    }
    if (header.position() < HEADER_SIZE || !startsWithMagic(header)) {
      throw SqliteErrors.damaged(
          "open", file, "its first bytes are not those of an SQLite file", null);
    }
    int applicationId = header.getInt(APPLICATION_ID_OFFSET);
    // A creation that was interrupted leaves a journal, and SQLite empties the file with it.
    boolean wasInterrupted = Files.exists(file.resolveSibling(file.getFileName() + "-journal"));
    if (applicationId != schema.applicationId() && !wasInterrupted) {
      throw schema.notOurs(file, applicationId);
    }
    return true;
  }

  /** Whether a write-ahead log with frames is there; call it before a connection is open. */
  WalCheckpoint.Log log() throws IOException {
    Path log = file.resolveSibling(file.getFileName() + "-wal");
    return Files.exists(log) && Files.size(log) > 0
        ? WalCheckpoint.Log.LEFT
        : WalCheckpoint.Log.NEW;
  }

  private static boolean startsWithMagic(ByteBuffer header) {
    for (int i = 0; i < MAGIC.length; i++) {
      if (header.get(i) != MAGIC[i]) {
        return false;
      }
    }
    return true;
  }

  private void create() throws IOException {
    // Names of users' files stand in it: the owner alone reads it. SQLite gives -wal and -shm the
    // same rights.
    boolean isPosix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] rights =
        isPosix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    Files.newByteChannel(
            file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), rights)
        .close();
    syncDirectory();
  }

  /** Makes the file's name durable. */
  void syncDirectory() throws IOException {
    Path parent = file.getParent();
    if (parent != null) {
      try (FileChannel directory = FileChannel.open(parent, StandardOpenOption.READ)) {
        directory.force(true);
      }
    }
  }

  /** Opens a connection that may write, without changing the file yet. */
  SqlSession open(SqliteStore.Use use) throws SQLException {
    NativeDirectory.apply();
    Properties options = new Properties();
    // Set by the driver before its first statement.
    options.setProperty("busy_timeout", "5000");
    options.setProperty("foreign_keys", "false");
    options.setProperty("temp_store", "MEMORY");
    SqlSession session =
        new SqlSession(new JDBC4Connection("jdbc:sqlite:" + file, file.toString(), options));
    try {
      prepare(session, use);
    } catch (SQLException e) {
      session.close();
      throw e;
    }
    return session;
  }

  private static void prepare(SqlSession session, SqliteStore.Use use) throws SQLException {
    // A file is not a program: what stands in its schema calls no function with side effects.
    session.execute("PRAGMA trusted_schema=OFF");
    if (use == SqliteStore.Use.EXCLUSIVE) {
      // Too late once the file was looked at: the write-ahead log is then read by shared memory.
      session.execute("PRAGMA locking_mode=EXCLUSIVE");
    }
    session.execute("PRAGMA cache_size=-" + CACHE_KIB);
    // What the operating system cached may be read from it without a copy, but a damaged disk would
    // then end the process by SIGBUS.
    session.execute("PRAGMA mmap_size=0");
  }

  /** Opens a connection that reads only. */
  SqlSession openReader() throws SQLException {
    SqlSession session = open(SqliteStore.Use.LOCAL);
    session.execute("PRAGMA query_only=ON");
    return session;
  }

  /** Makes a connection the writer: write-ahead log, every commit synced to the disk. */
  static void prepareWriter(SqlSession session) throws SQLException {
    session.execute("PRAGMA journal_mode=WAL");
    session.execute("PRAGMA synchronous=FULL");
    session.execute("PRAGMA wal_autocheckpoint=0"); // the committer does it and counts it
    session.execute("PRAGMA journal_size_limit=67108864");
  }
}
