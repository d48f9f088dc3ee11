// SPDX-License-Identifier: Apache-2.0
package io.kmesh.samples.readme;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.kmesh.repository.Credential;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.testkit.junit.KmeshExtension;
import io.kmesh.testkit.key.MemoryKeys;
import io.kmesh.testkit.lustre.SimulatedLustre;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The examples of README.md compile as they stand there, and run; only their folders are others. */
@ExtendWith(KmeshExtension.class)
class ReadmeExampleTest {
  private static final Pattern EXAMPLE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  private static final String PROGRAM =
      """
      import static io.kmesh.Durability.*;
      import static io.kmesh.tiering.Conditions.*;
      import static io.kmesh.unit.Units.*;

      import io.kmesh.*;
      import io.kmesh.copytool.*;
      import io.kmesh.repository.*;
      import io.kmesh.snapshots.*;
      import io.kmesh.spi.lustre.*;
      import io.kmesh.spi.state.*;
      import io.kmesh.spi.store.*;
      import io.kmesh.state.*;
      import io.kmesh.store.*;
      import java.nio.file.Path;
      import java.util.List;
      import java.time.*;

      public class Example {
        public static void run(LustreBinding lustre, Credential key) throws Exception {
      %s
        }
      }
      """;

  @TempDir Path folder;

  @Test
  void examples_compileAndRun() throws Exception {
    String program =
        PROGRAM
            .formatted(examples())
            .replace("/var/lib/jobs/kmesh.db", folder.resolve("kmesh.db").toString())
            .replace("/tmp/job42", folder.resolve("restored").toString())
            .replace("\"/backup\"", "\"" + folder.resolve("backup") + "\"")
            .replace("\"/archive\"", "\"" + folder.resolve("archive") + "\"");
    Path source = Files.writeString(folder.resolve("Example.java"), program);
    int exit =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                System.out,
                System.out,
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "-proc:none",
                "-d",
                folder.toString(),
                source.toString());
    assertThat(exit).as("exit status of javac").isZero();

    String printed;
    try (MemoryKeys keys = new MemoryKeys();
        SimulatedLustre lustre = SimulatedLustre.at(folder.resolve("lustre"));
        FileSystem mount = lustre.fileSystem();
        URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      keys.make("site");
      Files.createDirectory(mount.getPath("/job42"));
      Files.writeString(mount.getPath("/job42/ckpt.100"), "a checkpoint");
      Files.writeString(mount.getPath("/job42/notes"), "notes");
      printed = printedBy(() -> run(loader, lustre, Credential.key(keys, "site")));
      assertThat(folder.resolve("restored/ckpt.100")).doesNotExist(); // it was released
      assertThat(folder.resolve("restored/notes")).hasContent("notes");
      assertThat(Files.readAttributes(mount.getPath("/job42/ckpt.100"), "size"))
          .containsEntry("size", 12L);
    }
    assertThat(printed).startsWith("Plan of \"cold\"");
  }

  private static String examples() throws Exception {
    try (InputStream readme = ReadmeExampleTest.class.getResourceAsStream("/README.md")) {
      Matcher matcher = EXAMPLE.matcher(new String(readme.readAllBytes(), UTF_8));
      List<String> examples = matcher.results().map(found -> found.group(1)).toList();
      assertThat(examples).as("examples of the README").hasSize(2);
      return String.join("\n", examples);
    }
  }

  private static void run(ClassLoader loader, LustreBinding lustre, Credential key)
      throws Exception {
    loader
        .loadClass("Example")
        .getMethod("run", LustreBinding.class, Credential.class)
        .invoke(null, lustre, key);
  }

  private interface Code {
    void run() throws Exception;
  }

  private static String printedBy(Code code) throws Exception {
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, UTF_8));
    try {
      code.run();
    } finally {
      System.setOut(before);
    }
    return printed.toString(UTF_8);
  }
}
