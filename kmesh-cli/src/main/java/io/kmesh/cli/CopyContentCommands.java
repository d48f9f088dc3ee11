// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.engine.repository.CopyReader;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What is in a copy, from a shell. */
final class CopyContentCommands {
  private CopyContentCommands() {}

  /** A path in a copy, as a user writes it. */
  private static Path inside(CopyReader copy, String text) throws CommandFailure {
    try {
      PathBytes path = PathBytes.EMPTY;
      for (PathBytes name : PathBytes.of(text).names()) {
        path = path.resolve(name);
      }
      return copy.path(path);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, e);
    }
  }

  /** A call of java.nio on what a user named. */
  @FunctionalInterface
  private interface Call {
    void run() throws IOException, CommandFailure;
  }

  private static void named(String verb, String path, Call call)
      throws IOException, CommandFailure {
    try {
      call.run();
    } catch (NoSuchFileException e) {
      throw new CommandFailure(
          ExitCode.NOT_FOUND,
          "Cannot " + verb + " " + path + ": there is no " + e.getFile() + ". List the copy.");
    } catch (FileAlreadyExistsException e) {
      throw new CommandFailure(
          ExitCode.CONFLICT,
          "Cannot " + verb + " " + path + ": " + e.getFile() + " is there. Remove it first.");
    } catch (DirectoryNotEmptyException e) {
      throw new CommandFailure(
          ExitCode.CONFLICT,
          "Cannot " + verb + " " + path + ": " + e.getFile() + " is not empty. Empty it first.");
    } catch (FileSystemException e) {
      throw new CommandFailure(
          ExitCode.FAILED,
          "Cannot " + verb + " " + path + ": " + e.getReason() + ". Name another path.");
    }
  }

  /** A command on a path of a copy. */
  abstract static class OnPath extends VirtualCopyCommand.OnCopy {
    /** What runs with the path. */
    @FunctionalInterface
    interface PathBody {
      void run(Path path, CopyReader copy) throws IOException, CommandFailure;
    }

    final int with(String verb, String path, PathBody body) throws IOException, CommandFailure {
      return withCopy(
          copy -> {
            named(verb, path, () -> body.run(inside(copy, path), copy));
            return ExitCode.OK;
          });
    }
  }

  /** Lists a directory. */
  @Command(
      name = "ls",
      description = "Lists a directory of a copy.",
      footer = {"", "Example:", "  kmesh copy ls what-if /config --repo /backup/lab"})
  static final class Entries extends OnPath {
    @Parameters(
        index = "1",
        arity = "0..1",
        paramLabel = "PATH",
        description = "Below the copy's top; default the top.")
    private String path = "/";

    @Option(
        names = {"-r", "--recursive"},
        description = "With all that is below.")
    private boolean isRecursive;

    @Override
    public Integer call() throws IOException, CommandFailure {
      return with("list", path, (at, copy) -> list(at));
    }

    private void list(Path at) throws IOException {
      if (!Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
        print(at);
        return;
      }
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(at)) {
        for (Path entry : entries) {
          print(entry);
          if (isRecursive && Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
            list(entry);
          }
        }
      }
    }

    private static long number(Map<String, Object> unix, String name) {
      return ((Number) Objects.requireNonNull(unix.get(name))).longValue();
    }

    private void print(Path entry) throws IOException {
      Map<String, Object> unix = Files.readAttributes(entry, "unix:*", LinkOption.NOFOLLOW_LINKS);
      int mode = (int) number(unix, "mode") & 07777;
      long uid = number(unix, "uid");
      long gid = number(unix, "gid");
      long size = number(unix, "size");
      String type =
          Boolean.TRUE.equals(unix.get("isDirectory"))
              ? "directory"
              : Boolean.TRUE.equals(unix.get("isSymbolicLink"))
                  ? "symlink"
                  : Boolean.TRUE.equals(unix.get("isRegularFile")) ? "regular" : "other";
      PathBytes path = CopyReader.bytesOf(entry);
      java.time.Instant mtime =
          Files.getLastModifiedTime(entry, LinkOption.NOFOLLOW_LINKS).toInstant();
      ObjectNode json = Output.path(Output.object(), path).put("type", type);
      json.put("mode", "%04o".formatted(mode)).put("uid", uid);
      json.put("gid", gid).put("size", size);
      json(json.put("mtime", mtime.toString()));
      say(
          String.format(
              Locale.ROOT,
              "%-9s %04o %6d %6d %14s %s %s",
              type,
              mode,
              uid,
              gid,
              Output.count(size),
              Output.time(mtime),
              path));
    }
  }

  /** Prints a file. */
  @Command(
      name = "cat",
      description = "Writes a file of a copy to standard output, or to a file here.",
      footer = {
        "",
        "Examples:",
        "  kmesh copy cat what-if /config/input.yaml --repo /backup/lab | less",
        "  kmesh copy cat what-if /results.bin --to ./results.bin --repo /backup/lab",
      })
  static final class Cat extends OnPath {
    @Parameters(index = "1", paramLabel = "PATH", description = "A file of the copy.")
    private String path = "";

    @Option(
        names = "--to",
        paramLabel = "FILE",
        description = "The file here; it is replaced. Default standard output.")
    private @org.jspecify.annotations.Nullable Path to;

    @Override
    public Integer call() throws IOException, CommandFailure {
      return with(
          "read",
          path,
          (at, copy) -> {
            try (InputStream in = Files.newInputStream(at)) {
              Path file = to;
              if (file == null) {
                in.transferTo(surroundings().out());
                surroundings().out().flush();
              } else {
                try (OutputStream out = Files.newOutputStream(file)) {
                  in.transferTo(out);
                }
              }
            }
          });
    }
  }

  /** Writes a file. */
  @Command(
      name = "put",
      description = "Writes a file here into a copy, in the place of what is there.",
      footer = {
        "",
        "Example:",
        "  kmesh copy put what-if ./input.yaml /config/input.yaml --repo /backup/lab",
      })
  static final class Put extends OnPath {
    @Parameters(index = "1", paramLabel = "FILE", description = "The file here.")
    private Path file = Path.of("");

    @Parameters(
        index = "2",
        paramLabel = "PATH",
        description = "Where in the copy; its directory must be there.")
    private String path = "";

    @Override
    public Integer call() throws IOException, CommandFailure {
      if (!Files.isRegularFile(file)) {
        throw new CommandFailure(
            ExitCode.NOT_FOUND, "Cannot put " + file + ": there is no such file. Name one here.");
      }
      return with(
          "write",
          path,
          (at, copy) -> {
            Path directory = at.toAbsolutePath().getParent();
            if (directory != null && !Files.isDirectory(directory)) {
              throw new CommandFailure(
                  ExitCode.NOT_FOUND,
                  "Cannot write "
                      + path
                      + ": there is no directory "
                      + directory
                      + " in the copy. Make it by \"kmesh copy mkdir\".");
            }
            try (InputStream in = Files.newInputStream(file);
                OutputStream out = Files.newOutputStream(at)) {
              in.transferTo(out);
            }
          });
    }
  }

  /** Makes a directory. */
  @Command(name = "mkdir", description = "Makes a directory in a copy, with those above it.")
  static final class MakeDirectory extends OnPath {
    @Parameters(index = "1", paramLabel = "PATH", description = "The directory.")
    private String path = "";

    @Override
    public Integer call() throws IOException, CommandFailure {
      return with("make", path, (at, copy) -> Files.createDirectories(at));
    }
  }

  /** Renames. */
  @Command(
      name = "mv",
      description = "Renames an entry of a copy; a file that is there is replaced.")
  static final class Move extends OnPath {
    @Parameters(index = "1", paramLabel = "FROM", description = "What.")
    private String from = "";

    @Parameters(index = "2", paramLabel = "TO", description = "Its new path.")
    private String to = "";

    @Override
    public Integer call() throws IOException, CommandFailure {
      return with(
          "rename",
          from,
          (at, copy) -> Files.move(at, inside(copy, to), StandardCopyOption.REPLACE_EXISTING));
    }
  }

  /** Removes. */
  @Command(name = "rm", description = "Removes an entry of a copy.")
  static final class Remove extends OnPath {
    @Parameters(index = "1", paramLabel = "PATH", description = "What.")
    private String path = "";

    @Option(
        names = {"-r", "--recursive"},
        description = "A directory with all that is in it.")
    private boolean isRecursive;

    @Override
    public Integer call() throws IOException, CommandFailure {
      return with("remove", path, (at, copy) -> remove(at));
    }

    private void remove(Path at) throws IOException {
      if (isRecursive && Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(at)) {
          for (Path entry : entries) {
            remove(entry);
          }
        }
      }
      Files.delete(at);
    }
  }
}
