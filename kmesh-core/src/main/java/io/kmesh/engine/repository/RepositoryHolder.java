// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine.repository;

import io.kmesh.core.internal.repository.keys.WrappingInfo;

/**
 * Someone who may open a repository.
 *
 * @param id what names the wrapped key
 * @param kind what opens it: passphrase, provider or, of a damaged one, unreadable
 * @param name for people
 * @param generation of the repository key
 */
public record RepositoryHolder(String id, String kind, String name, int generation) {
  static RepositoryHolder of(WrappingInfo info) {
    return new RepositoryHolder(
        info.id(),
        switch (info.kind()) {
          case PASSPHRASE -> "passphrase";
          case PROVIDER -> "provider";
          case UNREADABLE -> "unreadable";
        },
        info.name(),
        info.generation());
  }
}
