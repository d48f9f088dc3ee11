// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots.service;

import io.kmesh.core.internal.hsm.LongTask;
import io.kmesh.core.internal.hsm.TaskStarter;
import io.kmesh.core.internal.repositories.NamedRepositories;
import io.kmesh.core.internal.repositories.OpenedRepository;
import io.kmesh.repository.InitOptions;
import io.kmesh.repository.Repositories;
import io.kmesh.repository.Repository;
import io.kmesh.spi.time.KmeshTime;
import java.util.List;
import java.util.Optional;

/** The repositories of a Kmesh. Thread-safe. */
public final class RepositoryService implements Repositories {
  private final NamedRepositories repositories;
  private final TaskStarter starter;
  private final RepositoryTasks tasks;

  /**
   * The service over a registry.
   *
   * @param host where this runs, for people
   */
  public RepositoryService(
      NamedRepositories repositories, KmeshTime time, String host, TaskStarter starter) {
    this.repositories = repositories;
    this.starter = starter;
    this.tasks = new RepositoryTasks(repositories, time, host);
  }

  /** The kinds of operations that repositories have. */
  public List<LongTask<?>> tasks() {
    return tasks.all();
  }

  RepositoryTasks repositoryTasks() {
    return tasks;
  }

  @Override
  public List<String> names() {
    return repositories.names();
  }

  @Override
  public Repository init(String name, InitOptions options) {
    return view(Calls.mutate(() -> repositories.init(name, options)));
  }

  @Override
  public Optional<Repository> find(String name) {
    return Calls.read(() -> repositories.find(name)).map(this::view);
  }

  private Repository view(OpenedRepository opened) {
    return new NamedRepository(opened, repositories, tasks, starter);
  }
}
