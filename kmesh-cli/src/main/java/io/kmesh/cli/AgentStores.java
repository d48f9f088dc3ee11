// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.Kmesh;
import io.kmesh.key.KeyFile;
import io.kmesh.repository.Credential;
import io.kmesh.spi.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The repositories and stores of an agent, which its flows name as their ends. */
final class AgentStores {
  @Option(
      names = "--repository",
      paramLabel = "NAME=URL",
      description = {
        "Names a repository (a path, file:, s3:, az: or gs:), so that a flow can be made from its snapshots:"
            + " --from snapshot:NAME/ID. Any number of times; all are opened by the same password or key.",
      })
  private List<String> repositories = new ArrayList<>();

  @Option(
      names = "--store",
      paramLabel = "NAME=URL",
      description = {
        "Names an object store (a path, file:, s3:, az: or gs:), so that a flow can be made from and to its prefixes:"
            + " --to objects:NAME/PREFIX. It is made where it is not there. Any number of times.",
      })
  private List<String> stores = new ArrayList<>();

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description =
          "A file whose first line is the password of the repositories (else KMESH_PASSWORD_FILE).")
  private @Nullable Path passwordFile;

  @Option(
      names = "--key-file",
      paramLabel = "FILE",
      description = {
        "A key file that opens them in place of a password (else KMESH_KEY_FILE): FILE, or FILE#KEY for another key"
            + " of it than \"repository\".",
      })
  private @Nullable String keyFile;

  /** Repositories that are open. */
  static final class Opened implements AutoCloseable {
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final List<Named> named = new ArrayList<>();
    private final Map<String, ObjectStore> stores = new TreeMap<>();

    private record Named(String name, ObjectStore store, Credential credential) {}

    /** Has a Kmesh know them. */
    void nameIn(Kmesh.Builder builder) {
      named.forEach(one -> builder.repository(one.name(), one.store(), one.credential()));
      stores.forEach(builder::store);
    }

    @Override
    public void close() throws IOException {
      while (!open.isEmpty()) {
        try {
          open.pop().close();
        } catch (IOException | RuntimeException e) {
          throw e;
        } catch (Exception e) {
          throw new IOException("Cannot close a repository's store: " + e.getMessage(), e);
        }
      }
    }
  }

  /** Opens their stores; the repositories are opened when they are used. */
  Opened open(Surroundings surroundings) throws IOException, CommandFailure {
    Opened opened = new Opened();
    try {
      for (String text : stores) {
        ObjectStore store = url(text, "store", "bucket=/objects").openOrMake();
        opened.open.push(store);
        opened.stores.put(name(text), store);
      }
      if (repositories.isEmpty()) {
        return opened;
      }
      Credential credential = credential(surroundings, opened.open);
      for (String text : repositories) {
        ObjectStore store = url(text, "repository", "repo=/backup").open();
        opened.open.push(store);
        opened.named.add(new Opened.Named(name(text), store, credential));
      }
      return opened;
    } catch (IOException | CommandFailure | RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  private static String name(String text) {
    return text.substring(0, text.indexOf('='));
  }

  private static StoreLocation url(String text, String what, String example) throws CommandFailure {
    int equals = text.indexOf('=');
    if (equals < 1 || text.substring(0, equals).contains("/")) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot name the "
              + what
              + " \""
              + StoreLocation.withoutOptions(text)
              + "\": write NAME=URL, such as "
              + example
              + ".");
    }
    return StoreLocation.parse(text.substring(equals + 1));
  }

  private Credential credential(Surroundings surroundings, Deque<AutoCloseable> open)
      throws CommandFailure {
    String key =
        keyFile != null || passwordFile != null
            ? keyFile
            : surroundings.variable("KMESH_KEY_FILE").orElse(null);
    if (key != null) {
      KeyFiles.Named named = KeyFiles.named(key);
      KeyFile keys = KeyFile.at(named.file());
      open.push(keys);
      return Credential.key(keys, named.key());
    }
    Path password =
        passwordFile != null
            ? passwordFile
            : surroundings.variable("KMESH_PASSWORD_FILE").map(Path::of).orElse(null);
    if (password == null) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Cannot open the repositories: nothing opens them. Give --password-file or --key-file.");
    }
    return Credential.passphraseFile(password);
  }
}
