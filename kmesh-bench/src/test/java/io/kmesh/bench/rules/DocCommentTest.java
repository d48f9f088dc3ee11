// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever a user can name has a comment, and each file begins with the licence. Doclint's group
 * "missing" would also ask for tags that repeat what a sentence says, so it is off and this stands
 * in its place.
 */
class DocCommentTest {
  private static final String LICENCE = "// SPDX-License-Identifier: Apache-2.0\n";

  @ParameterizedTest
  @MethodSource("io.kmesh.bench.rules.KmeshModule#present")
  void exportedTypesAndMembers_haveComments(KmeshModule module) throws IOException {
    Path sources = module.folder().resolve("src/main/java");
    List<JavaFileObject> files = new ArrayList<>();
    for (String name : module.exported()) {
      try (Stream<Path> found = Files.list(sources.resolve(name.replace('.', '/')))) {
        for (Path file : found.filter(f -> f.toString().endsWith(".java")).toList()) {
          files.add(new Source(file.toUri(), Files.readString(file)));
        }
      }
    }
    assertThat(uncommented(files)).isEmpty();
  }

  @Test
  void check_findsEachKindOfMissingComment() throws IOException {
    String code =
        """
        package p;
        /** Said. */
        public interface A {
          void bare();
          /** Said. */
          void said();
          enum E { BARE }
          /** Said. */
          abstract class C {
            protected int bare;
            public C() {}
            @Override public String toString() { return ""; }
            void hidden() {}
            private class Inner { public void hidden() {} }
          }
        }
        """;
    assertThat(uncommented(List.of(new Source(URI.create("string:///A.java"), code))))
        .containsExactly(
            "/A.java: bare", "/A.java: E", "/A.java: BARE", "/A.java: bare", "/A.java: <init>");
  }

  @ParameterizedTest
  @MethodSource("io.kmesh.bench.rules.KmeshModule#present")
  void eachFile_beginsWithTheLicence(KmeshModule module) throws IOException {
    List<Path> bare = new ArrayList<>();
    try (Stream<Path> files = Files.walk(module.folder().resolve("src"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        if (!Files.readString(file).startsWith(LICENCE)) {
          bare.add(file);
        }
      }
    }
    assertThat(bare).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("io.kmesh.bench.rules.KmeshModule#present")
  void tagsOfProperties_areThoseOfJqwik(KmeshModule module) throws IOException {
    List<Path> wrong = new ArrayList<>();
    try (Stream<Path> files = Files.walk(module.folder().resolve("src"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        if (tagsOfTheWrongKind(Files.readString(file))) {
          wrong.add(file);
        }
      }
    }
    assertThat(wrong).as("jqwik does not see JUnit's @Tag; use net.jqwik.api.Tag").isEmpty();
  }

  @Test
  void tagsOfTheWrongKind_areFound() {
    String code =
        "import org.junit.jupiter.api.Tag;\n@Tag(\"fuzz\")\n@Property(tries = 3)\nvoid a()";
    assertThat(tagsOfTheWrongKind(code)).isTrue();
    assertThat(tagsOfTheWrongKind(code.replace("org.junit.jupiter.api", "net.jqwik.api")))
        .isFalse();
    assertThat(tagsOfTheWrongKind(code.replace("@Property(tries = 3)", "@Test"))).isFalse();
  }

  private static boolean tagsOfTheWrongKind(String code) {
    return code.contains("import org.junit.jupiter.api.Tag;")
        && java.util.regex.Pattern.compile(
                "@Tag\\([^)]*\\)\\s*@(Property|Example)|@(Property|Example)(\\([^)]*\\))?\\s*@Tag")
            .matcher(code)
            .find();
  }

  private static List<String> uncommented(List<JavaFileObject> files) throws IOException {
    if (files.isEmpty()) {
      return List.of();
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    JavacTask task =
        (JavacTask) compiler.getTask(null, null, null, List.of("-proc:none"), null, files);
    DocTrees docs = DocTrees.instance(task);
    List<String> missing = new ArrayList<>();
    for (CompilationUnitTree unit : task.parse()) {
      for (Tree type : unit.getTypeDecls()) {
        if (type instanceof ClassTree tree) {
          visit(docs, TreePath.getPath(unit, tree), tree, false, missing);
        }
      }
    }
    return missing;
  }

  private static void visit(
      DocTrees docs, TreePath path, ClassTree type, boolean open, List<String> missing) {
    if (!open && !visible(type.getModifiers())) {
      return;
    }
    note(docs, path, type.getSimpleName().toString(), missing);
    boolean ofInterface =
        type.getKind() == Tree.Kind.INTERFACE || type.getKind() == Tree.Kind.ANNOTATION_TYPE;
    for (Tree member : type.getMembers()) {
      TreePath memberPath = new TreePath(path, member);
      if (member instanceof ClassTree nested) {
        visit(docs, memberPath, nested, ofInterface, missing);
      } else if (member instanceof MethodTree method
          && (ofInterface || visible(method.getModifiers()))
          && !method.getModifiers().getFlags().contains(Modifier.PRIVATE)
          && method.getModifiers().getAnnotations().stream()
              .noneMatch(a -> a.getAnnotationType().toString().equals("Override"))
          && docs.getSourcePositions().getStartPosition(path.getCompilationUnit(), method)
              != docs.getSourcePositions().getStartPosition(path.getCompilationUnit(), type)) {
        note(docs, memberPath, method.getName().toString(), missing);
      } else if (member instanceof VariableTree field
          && (ofInterface || visible(field.getModifiers()))) {
        note(docs, memberPath, field.getName().toString(), missing);
      }
    }
  }

  private static void note(DocTrees docs, TreePath path, String name, List<String> missing) {
    if (docs.getDocComment(path) == null || docs.getDocComment(path).isBlank()) {
      missing.add(path.getCompilationUnit().getSourceFile().getName() + ": " + name);
    }
  }

  private static boolean visible(ModifiersTree modifiers) {
    Set<Modifier> flags = EnumSet.noneOf(Modifier.class);
    flags.addAll(modifiers.getFlags());
    return flags.contains(Modifier.PUBLIC) || flags.contains(Modifier.PROTECTED);
  }

  /** A file that is already read. */
  private static final class Source extends SimpleJavaFileObject {
    private final String code;

    Source(URI uri, String code) {
      super(uri, Kind.SOURCE);
      this.code = code;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return code;
    }
  }
}
