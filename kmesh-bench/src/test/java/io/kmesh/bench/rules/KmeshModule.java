// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.rules;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The published modules: which packages are whose, and where the classes of this build are. */
enum KmeshModule {
  CORE(
      "kmesh-core",
      "io.kmesh.core",
      "io.kmesh.engine",
      "io.kmesh.key",
      "io.kmesh.state",
      "io.kmesh.store"),
  LUSTRE_JNA("kmesh-lustre-jna", "io.kmesh.lustre.jna"),
  CLOUD_AWS("kmesh-cloud-aws", "io.kmesh.cloud.aws"),
  CLOUD_AZURE("kmesh-cloud-azure", "io.kmesh.cloud.azure"),
  CLOUD_GCP("kmesh-cloud-gcp", "io.kmesh.cloud.gcp"),
  COPYTOOL("kmesh-hsm-copytool", "io.kmesh.copytool"),
  CLI("kmesh-cli", "io.kmesh.cli"),
  TESTKIT("kmesh-testkit", "io.kmesh.testkit"),
  /** What none of the others has; therefore the last. */
  API("kmesh-api", "io.kmesh");

  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

  private final String artifact;

  @SuppressWarnings("ImmutableEnumChecker") // List.of is immutable.
  private final List<String> prefixes;

  KmeshModule(String artifact, String... prefixes) {
    this.artifact = artifact;
    this.prefixes = List.of(prefixes);
  }

  String artifact() {
    return artifact;
  }

  /** The module that owns a package; empty for a package that is not of a published module. */
  static Optional<KmeshModule> of(String packageName) {
    if (packageName.startsWith("io.kmesh.bench") || packageName.startsWith("io.kmesh.samples")) {
      return Optional.empty();
    }
    for (KmeshModule module : values()) {
      for (String prefix : module.prefixes) {
        if (packageName.equals(prefix) || packageName.startsWith(prefix + ".")) {
          return Optional.of(module);
        }
      }
    }
    return Optional.empty();
  }

  /** The module's folder in the source tree. */
  Path folder() {
    return ROOT.resolve(artifact);
  }

  /** The folder or the jar on the class path that holds the module's classes. */
  Path classes() {
    return find()
        .orElseThrow(
            () -> new IllegalStateException("Cannot find " + artifact + " on the class path."));
  }

  private Optional<Path> find() {
    for (String entry : System.getProperty("java.class.path").split(":", -1)) {
      Path path = Path.of(entry);
      if (path.startsWith(folder()) && !path.endsWith("test-classes") && Files.exists(path)) {
        return Optional.of(path);
      }
    }
    return Optional.empty();
  }

  /**
   * Calls {@code reader} with the root of the module's classes, a folder or the inside of a jar.
   */
  <T> T read(Function<Path, T> reader) {
    Path classes = classes();
    if (Files.isDirectory(classes)) {
      return reader.apply(classes);
    }
    try (FileSystem jar = FileSystems.newFileSystem(classes)) {
      return reader.apply(jar.getPath("/"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The packages that have classes here. */
  Set<String> packages() {
    return read(
        root -> {
          try (Stream<Path> files = Files.walk(root)) {
            return files
                .filter(f -> f.toString().endsWith(".class"))
                .filter(f -> !f.endsWith("package-info.class"))
                .map(f -> root.relativize(f).getParent())
                .filter(p -> p != null && !p.toString().startsWith("META-INF"))
                .map(p -> p.toString().replace('/', '.'))
                .collect(Collectors.toCollection(TreeSet::new));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /** The module's descriptor; empty while it has none. */
  Optional<ModuleDescriptor> descriptor() {
    return read(
        root -> {
          Path file = root.resolve("module-info.class");
          if (!Files.exists(file)) {
            return Optional.empty();
          }
          try (InputStream in = Files.newInputStream(file)) {
            return Optional.of(ModuleDescriptor.read(in));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /** The packages that everybody may use: exported without a condition. */
  Set<String> exported() {
    return find().flatMap(found -> descriptor()).stream()
        .flatMap(d -> d.exports().stream())
        .filter(e -> !e.isQualified())
        .map(ModuleDescriptor.Exports::source)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The modules that have classes in this build. */
  static List<KmeshModule> present() {
    return Arrays.stream(values()).filter(m -> m.find().isPresent()).toList();
  }
}
