/opt/tstat/libexec/known-services || :
